"""Tables and JSON to take away, made when somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from components.classify.many.ask import Given
from components.i18n import _
from loupe.engine.tables import Row, to_csv


def draw_csv(label: str, rows: Callable[[], Sequence[Row]], *, file: str, key: str) -> None:
    """A button. With a byte-order mark, so that spreadsheets read Chinese and accents right."""
    st.download_button(
        label,
        lambda: to_csv(rows()).encode("utf-8-sig", "replace"),
        file_name=file,
        mime="text/csv",
        key=key,
        on_click="ignore",
        icon=":material/table:",
    )


def draw_json(text: Callable[[], str], *, file: str, key: str) -> None:
    """A button for everything there is."""
    st.download_button(
        _("Everything (JSON)"),
        lambda: text().encode("utf-8", "replace"),
        file_name=file,
        mime="application/json",
        key=key,
        on_click="ignore",
        icon=":material/data_object:",
    )


def with_columns(rows: Sequence[Row], asked: Given) -> list[Row]:
    """Each row with what else its row of the uploaded table holds; rows have a `line`.

    A name that is one of ours already is followed by the file's.
    """
    others = {name: cells for name, cells in asked.columns.items() if name != asked.column}
    if not rows or not others:
        return list(rows)
    named: dict[str, tuple[str, ...]] = {}
    for name, cells in others.items():
        free = name
        while free in rows[0] or free in named:
            free = f"{free} ({asked.file})"
        named[free] = cells
    found: list[Row] = []
    for row in rows:
        line = row["line"]
        assert isinstance(line, int)
        found.append({**row, **{name: cells[line - 1] for name, cells in named.items()}})
    return found
