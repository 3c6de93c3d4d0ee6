"""What the address of the page Models says: which model is shown, or what a model is wanted for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components import session, share_link
from components.i18n import _
from components.models import keys
from components.models.choosing import wishes
from components.models.views import VIEWS
from loupe.checkpoints.inventory import Entry
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import LoupeError


@dataclass(frozen=True, slots=True)
class ModelsState:
    """What the page shows. Empty values are the page's defaults.

    model: a reference. view: an id of VIEWS. task, language, target, length, rows, licence: of the
    question which model to take; ids of components.models.choosing.wishes.
    """

    model: str = ""
    view: str = ""
    task: str = ""
    language: str = ""
    target: str = ""
    length: str = ""
    rows: str = ""
    licence: str = ""

    @property
    def text(self) -> str:
        """There is none to look at."""
        return ""


def apply() -> None:
    """Put a link into effect, once: who then chooses something else keeps it."""
    params = st.query_params.to_dict()
    state = share_link.read_params(params, ModelsState)
    if state is None:
        return
    # The model in the address comes and goes with what is looked at.
    applied = {"page": keys.PAGE, **{k: v for k, v in params.items() if k != keys.MODEL}}
    if st.session_state.get(session.APPLIED_LINK) == applied:
        return
    st.session_state[session.APPLIED_LINK] = applied
    if state.view in VIEWS:
        # Streamlit names the open tab by its label, in this session's language.
        st.session_state[keys.VIEWS] = _(VIEWS[state.view])
    wishes.fill(
        {
            keys.WISH_TASK: state.task,
            keys.WISH_LANGUAGE: state.language,
            keys.WISH_TARGET: state.target,
            keys.WISH_LENGTH: state.length,
            keys.WISH_ROWS: state.rows,
            keys.WISH_LICENCE: state.licence,
        }
    )


def chosen(entries: Sequence[Entry]) -> CheckpointRef | None:
    """The checkpoint in the address, there or not; else the first of the list.

    What was chosen for a visitor stands in the address from then on: a reload shows the same.
    Raises InvalidRef where the address names no checkpoint.
    """
    asked = st.query_params.get(keys.MODEL)
    if asked:
        return CheckpointRef.parse(asked)
    if not entries:
        return None
    show(entries[0].ref)
    return entries[0].ref


def show(ref: CheckpointRef) -> None:
    """In a callback, or before anything is drawn."""
    st.query_params[keys.MODEL] = str(ref)


def forget() -> None:
    """Show the first of the list again."""
    st.query_params.pop(keys.MODEL, None)


def is_shown(ref: CheckpointRef) -> bool:
    """Whether the address names it, however it is written."""
    try:
        return CheckpointRef.parse(st.query_params.get(keys.MODEL, "")) == ref
    except LoupeError:
        return False
