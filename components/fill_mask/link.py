"""A share link to the page Fill mask, put into effect."""

from __future__ import annotations

import streamlit as st

from components import share_link
from components.fill_mask import keys
from components.fill_mask.defaults import DEFAULT_CHECKPOINT, DEFAULT_TEXT, SHOWN_MAX, SHOWN_MIN
from components.fill_mask.hidden import keep_hidden
from components.i18n import _

# The page's tabs: an id that links carry, and the question in English.
TABS = {
    "gap": "What fits the gap?",
    "words": "My own words?",
    "other": "Another model?",
    "code": "In Python?",
    "keep": "Can I keep it?",
    "check": "Is it right?",
}


def apply() -> None:
    """Set the page's widgets to what the link says, once; the address is cleared after it."""
    state = share_link.from_params(st.query_params.to_dict())
    if state is None:
        return
    text = state.text or DEFAULT_TEXT
    st.session_state[keys.TEXT] = text
    st.session_state[keys.CHECKPOINT] = state.model or str(DEFAULT_CHECKPOINT)
    keep_hidden(text, share_link.spans_from_text(state.hide, len(text)))
    if state.words:
        st.session_state[keys.WORDS] = state.words
    if state.other:
        st.session_state[keys.OTHER] = state.other
    if state.top in map(str, range(SHOWN_MIN, SHOWN_MAX + 1)):
        st.session_state[keys.SHOWN] = int(state.top)
    st.session_state[keys.TABS] = session_tab(state.tab)
    st.query_params.clear()


def session_tab(tab: str) -> str:
    """The label of a tab in this session's language, as Streamlit names the open tab."""
    return _(TABS.get(tab, TABS["gap"]))
