"""What the browser gets of a table's rows."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.row_table import LABELS, Cell, CellKind, Column, Row, table_data
from components.row_table.pieces import pieces_of

patient = settings(deadline=None)


@pytest.mark.parametrize(
    ("text", "signs"),
    [
        ("one two", {}),
        ("  begins", {"  ": "··"}),
        ("ends ", {" ": "·"}),
        ("a  b", {"  ": "··"}),
        ("line \nnext", {" ": "·", "\n": "↵"}),
        ("tab\there", {"\t": "→"}),
        ("\ufeffmark", {"\ufeff": "U+FEFF"}),
        ("turned \u202earound", {"\u202e": "U+202E"}),
        ("nul\x00", {"\x00": "U+0000"}),
        ("hard\u00a0space", {"\u00a0": "⍽"}),
        ("narrow\u202f!", {"\u202f": "U+202F"}),
        # A joiner is part of the character that people see.
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467", {}),
        ("می\u200cخواهم", {}),
    ],
)
def test_what_nobody_sees_has_a_sign(text: str, signs: dict[str, str]) -> None:
    drawn = pieces_of(text)
    assert {piece["text"]: piece["sign"] for piece in drawn if "sign" in piece} == signs
    assert "".join(piece["text"] for piece in drawn) == text


def test_a_hit_is_marked_and_cuts_no_line() -> None:
    drawn = pieces_of("a cat, a  cat", [(2, 5), (8, 13)])
    assert drawn == [
        {"text": "a "},
        {"text": "cat", "hit": True},
        {"text": ", a"},
        {"text": "  ", "sign": "··", "hit": True},
        {"text": "cat", "hit": True},
    ]


@patient
@given(st.text(st.characters(exclude_categories=()), max_size=20), st.data())
def test_the_pieces_are_the_text_and_the_hits_are_the_hits(text: str, data: st.DataObject) -> None:
    places = data.draw(st.lists(st.integers(0, len(text)), unique=True, max_size=6).map(sorted))
    hits = list(zip(places[::2], places[1::2], strict=False))
    drawn = pieces_of(text, hits)
    readable = "".join("\ufffd" if "\ud800" <= c <= "\udfff" else c for c in text)
    assert "".join(piece["text"] for piece in drawn) == readable
    found = "".join(piece["text"] for piece in drawn if piece.get("hit"))
    assert found == "".join(readable[start:end] for start, end in hits)
    json.dumps(drawn).encode()


def test_missing_is_not_empty_and_a_long_cell_says_how_long_it_is() -> None:
    row = Row(1234, (Cell("", 0), Cell("", 0, CellKind.MISSING), Cell("abc", 5_000)), faint=True)
    data = table_data([Column("a"), Column("b", order="ascending"), Column("c")], [row], LABELS)
    empty, missing, long = data["rows"][0]["cells"]
    assert empty == {"kind": "text", "pieces": []}
    assert missing == {"kind": "missing", "pieces": [{"text": "missing"}]}
    assert long["more"] == "… 5,000 characters in all"
    assert data["rows"][0]["number"] == "1,234"
    assert [column["order"] for column in data["columns"]] == ["", "ascending", ""]


def test_the_row_that_is_shown_elsewhere_is_marked() -> None:
    rows = [Row(7, (Cell("x", 1),)), Row(8, (Cell("y", 1),))]
    data = table_data([Column("a")], rows, LABELS, selected=8)
    assert [row["selected"] for row in data["rows"]] == [False, True]
