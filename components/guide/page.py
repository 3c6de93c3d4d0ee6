"""The page Guide, from top to bottom."""

from __future__ import annotations

from functools import partial

import streamlit as st

from components.guide import keys, link
from components.guide.chapters import CHAPTERS
from components.guide.claims import draw_chapter
from components.i18n import _
from components.question_tabs import draw_tabs


def draw_page() -> None:
    """Only the open chapter is drawn, and its figures computed."""
    link.apply()
    st.title(_("Guide"))
    st.markdown(
        _(
            "What such models are, in plain words. Where a figure is of a model, the small ones "
            "that come with Loupe draw it now; a button at each claim opens the page that shows it."
        )
    )
    draw_tabs(
        {chapter.id: chapter.label for chapter in CHAPTERS.values()},
        {chapter.id: partial(draw_chapter, chapter) for chapter in CHAPTERS.values()},
        key=keys.CHAPTER,
    )
