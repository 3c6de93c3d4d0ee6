"""Rows as CSV: text stays text, numbers stay numbers."""

from __future__ import annotations

import csv
import io

import pytest

from loupe.engine.tables import to_csv


@pytest.mark.parametrize(
    "cell",
    ["=1+1", "+1", "-1", "@A1", "\t=1", " =1", "\r=1", "＝1", "'=1", "''-1", "\n+1", "\tx", "'\tx"],
)
def test_no_cell_is_a_formula(cell: str) -> None:
    text = to_csv([{"source": cell, "score": -1.5, "=name": "x"}])
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert row[0] == "'" + cell
    assert row[1] == "-1.5", "a number is a number"
    assert header == ["source", "score", "'=name"]


@pytest.mark.parametrize("cell", ["plain", "a=b", "'quoted'", "", "1-2", 'x, "y"\nz', "😀"])
def test_other_cells_are_left_as_they_are(cell: str) -> None:
    assert list(csv.reader(io.StringIO(to_csv([{"a": cell, "b": None}]), newline="")))[1] == [
        cell,
        "",
    ]
