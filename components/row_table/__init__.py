"""Rows of a dataset as they are: white space to be seen, hits marked, long cells cut and said so.

A table of Streamlit's own is a canvas, where neither a hit nor a newline can be shown. A click on a
row's number reports it, one on a column's name asks for another order. All texts are untrusted: the
browser code writes them as text nodes only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import streamlit as st

from components.clicks import fingerprint_of
from components.row_table.pieces import pieces_of

__all__ = ["LABELS", "Cell", "CellKind", "Column", "Row", "clicked", "row_table", "table_data"]

_HERE = Path(__file__).parent
_mount = st.components.v2.component(
    "row_table",
    html='<div class="rows"><table><thead></thead><tbody></tbody></table></div>',
    css=(_HERE / "rows.css").read_text(encoding="utf-8"),
    js=(_HERE / "rows.js").read_text(encoding="utf-8"),
)

# English; a page passes their translations. {…} are filled in here.
LABELS = {
    "table": "Rows of the dataset",
    "row": "Row {number}: show it whole",
    "number": "row",
    "missing": "missing",
    "longer": "… {count} characters in all",
    "empty": "There is no row here.",
}


class CellKind(StrEnum):
    """What a cell holds; tells how it is drawn."""

    TEXT = "text"
    NUMBER = "number"
    NAME = "name"  # gets room enough to be read
    MISSING = "missing"  # null, drawn as a word: an empty text is not missing


@dataclass(frozen=True, slots=True)
class Cell:
    """text: what is shown, perhaps the beginning of a longer one. length: code points of the whole.

    hits: spans of `text` in code points, left to right, that a search has found.
    """

    text: str
    length: int
    kind: CellKind = CellKind.TEXT
    hits: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """number: as a person counts them, from 0 as the dataset does. notes: short tags of the row.

    faint: the row takes no part any more, and is shown all the same.
    """

    number: int
    cells: tuple[Cell, ...]
    notes: tuple[str, ...] = ()
    faint: bool = False


@dataclass(frozen=True, slots=True)
class Column:
    """order: how the rows stand in this column: "ascending", "descending", or "" for neither."""

    name: str
    sortable: bool = True
    order: str = ""


def row_table(
    columns: Sequence[Column],
    rows: Sequence[Row],
    *,
    key: str,
    labels: Mapping[str, str] | None = None,
    selected: int | None = None,
    whole: bool = False,
    compact: bool = False,
    on_row: Callable[[], None] | None = None,
    on_column: Callable[[], None] | None = None,
) -> None:
    """Draw the rows. selected: the number of the row that is shown whole elsewhere.

    whole: long cells are not cut to a few lines, and rows have no numbers.
    compact: cells hold short facts, and may be narrow.
    on_row, on_column: run before the script does, where a row's number or a column's name was
    clicked; then `clicked(key, "row")` is its index in `rows`, `clicked(key, "column")` in
    `columns`.
    labels: translations of LABELS.
    """
    words = {**LABELS, **(labels or {})}
    assert words.keys() == LABELS.keys(), words.keys() - LABELS.keys()
    drawn = fingerprint_of((tuple(columns), tuple(rows)))
    limits = {"row": len(rows), "column": len(columns)}

    def report(what: str, act: Callable[[], None] | None) -> Callable[[], None]:
        def heard() -> None:
            value = st.session_state[key].get(what)
            # A click on rows that were there before these means another one.
            is_of_these = isinstance(value, Mapping) and value.get("drawn") == drawn
            if act is not None and is_of_these and clicked(key, what) in range(limits[what]):
                act()

        return heard

    _mount(
        key=key,
        data={
            **table_data(columns, rows, words, selected),
            "whole": whole,
            "compact": compact,
            "drawn": drawn,
        },
        on_row_change=report("row", on_row),
        on_column_change=report("column", on_column),
    )


def clicked(key: str, what: str) -> int | None:
    """The index of the row or column that was clicked; for use inside the callbacks."""
    value = st.session_state[key].get(what)
    index = value.get("index") if isinstance(value, Mapping) else None
    return index if isinstance(index, int) and not isinstance(index, bool) else None


def table_data(
    columns: Sequence[Column],
    rows: Sequence[Row],
    words: Mapping[str, str],
    selected: int | None = None,
) -> dict[str, Any]:
    """What the browser gets: JSON, every word in the reader's language."""
    return {
        "columns": [{"name": c.name, "sortable": c.sortable, "order": c.order} for c in columns],
        "rows": [
            {
                "number": f"{row.number:,}",
                "label": words["row"].format(number=f"{row.number:,}"),
                "cells": [_cell_data(cell, words) for cell in row.cells],
                "notes": row.notes,
                "faint": row.faint,
                "selected": row.number == selected,
            }
            for row in rows
        ],
        "words": {name: words[name] for name in ("table", "number", "empty")},
    }


def _cell_data(cell: Cell, words: Mapping[str, str]) -> dict[str, Any]:
    if cell.kind is CellKind.MISSING:
        return {"kind": cell.kind.value, "pieces": [{"text": words["missing"]}]}
    data: dict[str, Any] = {"kind": cell.kind.value, "pieces": pieces_of(cell.text, cell.hits)}
    if cell.length > len(cell.text):
        data["more"] = words["longer"].format(count=f"{cell.length:,}")
    return data
