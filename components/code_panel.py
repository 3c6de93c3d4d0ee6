"""The script that reproduces what a page shows."""

from __future__ import annotations

import streamlit as st

from components.i18n import _


def draw_code(script: str, *, file_name: str, key: str, needs_peft: bool = False) -> None:
    """The script to read, to copy and to keep. needs_peft: it loads an adapter."""
    st.caption(
        _("A plain script that needs only torch, transformers and peft:")
        if needs_peft
        else _("A plain script that needs only torch and transformers:")
    )
    st.code(script, language="python")
    st.download_button(
        _("Download the script"),
        script,
        file_name=file_name,
        mime="text/x-python",
        key=f"{key}_download_code",
        on_click="ignore",
        icon=":material/download:",
    )
