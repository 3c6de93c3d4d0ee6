"""The page Fine-tune, from top to bottom."""

from __future__ import annotations

import streamlit as st

from components.i18n import _


def draw_page() -> None:
    st.title(_("Fine-tune"))
