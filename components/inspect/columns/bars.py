"""Bars that lead to their rows: by a click, or by choosing one from a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from components.i18n import _
from components.inspect import state, tabs
from components.inspect.state import Ids
from loupe.data.view import Filter, Length, Missing, Numbers, Values


def draw_bars(
    figure: go.Figure, names: Mapping[int, str], show: Callable[[int], None], *, key: str, alt: str
) -> None:
    """names: of the bars that have rows, by their place, in words. show: in a callback."""
    st.plotly_chart(
        figure,
        key=key,
        on_select=lambda: _clicked(key, names, show),
        selection_mode="points",
        config={"displayModeBar": False},
        alt=alt,
    )
    # Also without a mouse, and on a screen where a bar is narrower than a finger.
    st.selectbox(
        _("Show the rows of a bar"),
        list(names),
        index=None,
        key=f"{key}_pick",
        format_func=lambda place: names.get(place, ""),
        placeholder=_("Click a bar or choose it here to see its rows"),
        label_visibility="collapsed",
        on_change=_picked,
        args=(f"{key}_pick", show),
    )


def _clicked(key: str, names: Mapping[int, str], show: Callable[[int], None]) -> None:
    chosen: Any = st.session_state.get(key)
    points = chosen["selection"]["points"] if chosen else []
    place = points[0].get("point_index") if points else None
    if isinstance(place, int) and place in names:
        show(place)


def _picked(key: str, show: Callable[[int], None]) -> None:
    place = st.session_state.get(key)
    if place is not None:
        show(place)


def show_filtered(chosen: Filter) -> None:
    """The rows of a bar. In a callback. Another bar of the same column makes room for it."""
    if isinstance(chosen, Length | Missing | Numbers | Values):
        for other in state.filters():
            if type(other) is type(chosen) and other.column == chosen.column:
                state.remove_filter(other)
    state.add_filter(chosen)
    tabs.go_to("rows")


def show_found(name: str, ids: Ids) -> None:
    """Rows that no filter describes. In a callback. name: what they are, translated."""
    state.show_rows(name, ids)
    tabs.go_to("rows")
