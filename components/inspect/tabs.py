"""The tabs of the page, each named by the question it answers."""

from __future__ import annotations

import streamlit as st

from components.i18n import _
from components.inspect import keys

TABS: dict[str, str] = {
    "rows": "What is in it?",
    "columns": "What is in each column?",
    "findings": "What is wrong with it?",
    "cleaning": "What do I change?",
    "model": "What does a model see?",
    "keep": "Save or share?",
}


def go_to(name: str) -> None:
    """Open this tab in the run that follows; for use inside a callback."""
    st.session_state[keys.TABS] = _(TABS[name])
