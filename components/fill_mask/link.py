"""A share link to the page Fill mask, put into effect."""

from __future__ import annotations

import streamlit as st

from components import session, share_link
from components.fill_mask import keys
from components.fill_mask.defaults import DEFAULT_CHECKPOINT, DEFAULT_TEXT, SHOWN_MAX, SHOWN_MIN
from components.fill_mask.hidden import keep_hidden
from components.i18n import _
from loupe.engine.devices import DTYPES

_APPLIED_QUESTION = keys.PAGE + "_applied_question"

# The page's tabs: an id that links carry, and the question in English.
TABS = {
    "gap": "What fits the gap?",
    "words": "My own words?",
    "other": "Another model?",
    "code": "In Python?",
    "keep": "Save or share?",
    "check": "Is it right?",
}


def apply() -> None:
    """Set the page's widgets to what the link says, once.

    The link stays in the address, so that a reload shows the same, until something else is asked;
    then the address is cleared, and going back to it does not undo what was typed.
    """
    params = st.query_params.to_dict()
    state = share_link.from_params(params)
    if state is None:
        return
    if st.session_state.get(session.APPLIED_LINK) != params:
        _apply(state)
        st.session_state[session.APPLIED_LINK] = params
    elif _question() != st.session_state[_APPLIED_QUESTION]:
        st.query_params.clear()


def forget() -> None:
    """Let a link that was opened before open its page again. Called where links are offered."""
    st.session_state.pop(session.APPLIED_LINK, None)


def _apply(state: share_link.FillMaskState) -> None:
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
    if state.dtype in DTYPES:
        st.session_state[session.DTYPE] = state.dtype
    st.session_state[keys.TABS] = session_tab(state.tab)
    st.session_state[_APPLIED_QUESTION] = _question()


def _question() -> tuple[object, ...]:
    """What is asked: the link no longer says it once this has changed."""
    asked = (keys.TEXT, keys.CHECKPOINT, keys.HIDDEN)
    return tuple(st.session_state.get(key) for key in asked)


def session_tab(tab: str) -> str:
    """The label of a tab in this session's language, as Streamlit names the open tab."""
    return _(TABS.get(tab, TABS["gap"]))
