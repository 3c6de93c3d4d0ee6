"""What is judged, once it is: counted once, however often the page is drawn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from components.classify.work import Work
from loupe.data.outcomes import Outcome


def outcome_of(key: str, work: Work[Any, Any], judge: Callable[[], Outcome]) -> Outcome:
    """The outcome of this work. key: of the session. Raises what `judge` raises."""
    held = st.session_state.get(f"{key}_outcome")
    if held is not None and held[0] == work.number:
        kept: Outcome = held[1]
        return kept
    outcome = judge()
    st.session_state[f"{key}_outcome"] = (work.number, outcome)
    return outcome
