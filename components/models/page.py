"""The page Models, from top to bottom."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.error_box import show_error
from components.i18n import _
from components.models import keys, link
from components.models.acting import draw_said
from components.models.choosing.tab import draw_choosing
from components.models.one import draw_model
from components.models.table import draw_table
from components.models.views import VIEWS
from components.question_tabs import draw_tabs
from loupe.errors import LoupeError


def draw_page() -> None:
    """Two questions: what is there, and which of it suits a purpose."""
    link.apply()
    st.title(_("Models"))
    st.markdown(
        _("See what every model on this machine is and takes, and which one suits what you want.")
    )
    draw_tabs(VIEWS, {"there": _draw_there, "which": draw_choosing}, key=keys.VIEWS)


def _draw_there() -> None:
    entries = resources.inventory().entries
    draw_said()
    try:
        chosen = link.chosen(entries)
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        chosen = None
    draw_table(entries, chosen)
    if chosen is not None:
        draw_model(chosen)
