"""The tabs below an answer, each named by the question it answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from components.i18n import _
from components.translate import keys
from components.translate.modes import Mode

Drawers = Mapping[str, Callable[[], None]]


def draw_tabs(mode: Mode, draw: Drawers) -> None:
    """Only the open one is drawn. draw: by the tabs' ids; without an answer there are fewer."""
    names = [name for name in mode.tabs if name in draw]
    assert set(names) == draw.keys()
    whole = len(names) == len(mode.tabs)
    key = keys.tabs(mode) if whole else f"{keys.tabs(mode)}_without_answer"
    tabs = st.tabs([_(mode.tabs[name]) for name in names], key=key, on_change="rerun")
    for tab, name in zip(tabs, names, strict=True):
        if tab.open:
            with tab:
                draw[name]()
