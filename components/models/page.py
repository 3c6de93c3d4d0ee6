"""The page Models, from top to bottom."""

from __future__ import annotations

import streamlit as st

from components.i18n import _


def draw_page() -> None:
    st.title(_("Models"))
    st.markdown(_("See which models are on this machine, and which to take."))
