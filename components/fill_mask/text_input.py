"""The text with masks: the box, the button, and a hint where the text lacks its final stop."""

from __future__ import annotations

import streamlit as st

from components.fill_mask import keys
from components.i18n import _
from loupe.tasks.fill_mask import final_stop, lacks_final_stop


def ask_text(default: str) -> str:
    """Draw the box; the text as it stands."""
    st.session_state.setdefault(keys.TEXT, default)
    text = st.text_area(
        _("Text"),
        key=keys.TEXT,
        height=76,
        placeholder=_("Write a sentence with a gap, such as: The cat sat on the ___."),
        help=_(
            "A gap is written [MASK], <mask>, ___ or as the model itself writes it. "
            "Or click a token below to hide it."
        ),
        persist_state="session",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(
            _("Fill the gaps"),
            key=session_key("fill"),
            type="primary",
            icon=":material/play_arrow:",
        )
        if lacks_final_stop(text or ""):
            st.caption(_("Without its final stop, a model tends to guess punctuation."))
            st.button(
                _("Add a full stop"),
                key=session_key("add_stop"),
                type="tertiary",
                on_click=_add_stop,
            )
    return text or ""


def session_key(name: str) -> str:
    return f"{keys.PAGE}_{name}"


def _add_stop() -> None:
    text = st.session_state[keys.TEXT].rstrip()
    st.session_state[keys.TEXT] = text + final_stop(text)
