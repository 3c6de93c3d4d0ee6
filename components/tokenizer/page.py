"""The page Tokenizer, from top to bottom."""

from __future__ import annotations

import streamlit as st

from components.i18n import _


def draw_page() -> None:
    st.title(_("Tokenizer"))
    st.markdown(_("See how a text becomes tokens, stage by stage."))
