"""What is asked: the text, and a button for those who look for one."""

from __future__ import annotations

import streamlit as st

from components.i18n import _
from components.tokenizer import keys
from components.tokenizer.defaults import DEFAULT_TEXT


def ask_text() -> str:
    """Draw the box; the text as it stands."""
    st.session_state.setdefault(keys.TEXT, DEFAULT_TEXT)
    text = st.text_area(
        _("Text"),
        key=keys.TEXT,
        height=100,
        placeholder=_("Write or paste a text."),
        on_change=_forget_word,
        persist_state="session",
    )
    st.button(_("Cut it"), key=keys.ASK, type="primary", icon=":material/content_cut:")
    return text or ""


def _forget_word() -> None:
    """A word of another text."""
    st.session_state.pop(keys.WORD, None)
