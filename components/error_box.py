"""An error where its cause is: what is wrong, what to do, and no traceback."""

from __future__ import annotations

import streamlit as st

from components.i18n import _, message_of, remedy_of
from loupe.errors import (
    CheckpointError,
    EmptyText,
    EngineError,
    HubError,
    LoupeError,
    NoMaskToken,
)


def show_error(error: LoupeError, *, key: str) -> None:
    """Draw an error. Its text may quote users and libraries, so none of it is read as Markdown."""
    with st.container(border=True, key=f"error_{key}"):
        # Nothing is wrong with an empty box or a text that has no mask yet.
        is_hint = isinstance(error, EmptyText | NoMaskToken)
        icon = ":blue[:material/info:]" if is_hint else ":red[:material/error:]"
        st.markdown(f"{icon} **{_title(error)}**")
        st.text(message_of(error))
        st.text(remedy_of(error))
        if error.detail:
            with st.expander(_("In the library’s own words")):
                st.code(error.detail, language=None, wrap_lines=True)


def _title(error: LoupeError) -> str:
    if isinstance(error, EmptyText):
        return _("Nothing to look at yet")
    if isinstance(error, NoMaskToken):
        return _("Nothing to fill in yet")
    if isinstance(error, CheckpointError):
        return _("This checkpoint cannot be used here")
    if isinstance(error, HubError):
        return _("The model hub did not deliver")
    if isinstance(error, EngineError):
        return _("The work stopped")
    return _("Something needs another look")
