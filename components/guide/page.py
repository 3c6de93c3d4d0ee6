"""The page Guide, from top to bottom."""

from __future__ import annotations

import streamlit as st

from components.i18n import _


def draw_page() -> None:
    st.title(_("Guide"))
    st.markdown(
        _("What such models are, in plain words, with a button at each claim that shows it.")
    )
