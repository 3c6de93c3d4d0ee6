"""Tabs that are named by the questions they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from components.i18n import _


def draw_tabs(
    questions: Mapping[str, str], draw: Mapping[str, Callable[[], object]], *, key: str
) -> None:
    """Only the open tab is computed and drawn. Both by id; questions are English."""
    assert draw.keys() == questions.keys()
    tabs = st.tabs([_(question) for question in questions.values()], key=key, on_change="rerun")
    for tab, name in zip(tabs, questions, strict=True):
        if tab.open:
            with tab:
                draw[name]()
