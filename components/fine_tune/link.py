"""A link that opens the form on one of the samples."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components import session, share_link
from components.dataset import keys as dataset_keys
from components.dataset.source import SAMPLE
from components.fine_tune import keys
from components.fine_tune.settings_part import take_preset
from components.fine_tune.tasks import TASKS
from loupe.training.presets import PRESETS


@dataclass(frozen=True, slots=True)
class FineTuneState:
    """sample: its name; "" leaves the data that are open. task: of components.fine_tune.tasks; ""
    is guessed. preset: of loupe.training.presets.
    """

    sample: str = ""
    task: str = ""
    preset: str = ""

    @property
    def text(self) -> str:
        """There is none to look at."""
        return ""


def apply() -> None:
    """Open what the link names, once: who then chooses other data keeps them."""
    params = st.query_params.to_dict()
    state = share_link.read_params(params, FineTuneState)
    if state is None or not state.sample:
        return
    applied = {"page": keys.PAGE, **params}
    if st.session_state.get(session.APPLIED_LINK) == applied:
        return
    st.session_state[dataset_keys.KIND] = SAMPLE
    st.session_state[dataset_keys.SAMPLE] = state.sample
    if state.task in TASKS:
        st.session_state[keys.TASK] = state.task
    if state.preset in PRESETS:
        st.session_state[keys.PRESET] = state.preset
        take_preset()
    st.session_state[session.APPLIED_LINK] = applied
