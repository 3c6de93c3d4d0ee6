"""Which of the two themes this session's browser shows."""

from __future__ import annotations

import streamlit as st

from components.colours import Theme


def current_theme() -> Theme:
    """For what the server draws in colour; the browser's own code looks for itself."""
    return Theme.DARK if st.context.theme.type == "dark" else Theme.LIGHT
