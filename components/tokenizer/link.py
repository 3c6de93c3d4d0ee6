"""A share link to the page Tokenizer, put into effect."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components import session, share_link
from components.i18n import _
from components.tokenizer import keys
from components.tokenizer.defaults import (
    COMPARED_MAX,
    DEFAULT_CHECKPOINT,
    DEFAULT_TEXT,
    TABS,
)

_APPLIED_QUESTION = keys.PAGE + "_applied_question"
# Between the checkpoints of `others`: no name and no path holds one.
_SEPARATOR = "\n"


@dataclass(frozen=True, slots=True)
class TokenizerState:
    """What the page shows. Empty values are the page's defaults.

    others: the checkpoints it is compared with, one a line. tab: an id of TABS.
    """

    text: str = ""
    model: str = ""
    others: str = ""
    tab: str = ""


def apply() -> None:
    """Set the page's widgets to what the link says, once.

    The link stays in the address, so that a reload shows the same, until something else is asked;
    then the address is cleared, and going back to it does not undo what was typed.
    """
    params = st.query_params.to_dict()
    state = share_link.read_params(params, TokenizerState)
    if state is None:
        return
    # With the page's name: a link to another page may have the same parameters.
    applied = {"page": keys.PAGE, **params}
    if st.session_state.get(session.APPLIED_LINK) != applied:
        _apply(state)
        st.session_state[session.APPLIED_LINK] = applied
    elif _question() != st.session_state[_APPLIED_QUESTION]:
        st.query_params.clear()


def _apply(state: TokenizerState) -> None:
    st.session_state[keys.TEXT] = state.text or DEFAULT_TEXT
    st.session_state[keys.CHECKPOINT] = state.model or str(DEFAULT_CHECKPOINT)
    others = [name for name in state.others.split(_SEPARATOR) if name.strip()]
    # Without any the tab chooses; the box knows what the first is.
    st.session_state.pop(keys.OTHERS, None)
    if others:
        st.session_state[keys.OTHERS] = others[: COMPARED_MAX - 1]
    first, *_others = TABS
    # Streamlit names the open tab by its label, in this session's language.
    st.session_state[keys.TABS] = _(TABS[state.tab if state.tab in TABS else first])
    st.session_state[_APPLIED_QUESTION] = _question()


def _question() -> tuple[object, ...]:
    """What is asked: the link no longer says it once this has changed."""
    return tuple(st.session_state.get(key) or "" for key in (keys.TEXT, keys.CHECKPOINT))


def state_of(model: str, text: str) -> TokenizerState:
    """What a link to the page as it stands says."""
    others = st.session_state.get(keys.OTHERS, ())
    return TokenizerState(text=text, model=model, others=_SEPARATOR.join(others))
