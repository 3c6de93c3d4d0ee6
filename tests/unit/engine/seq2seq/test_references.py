"""References beside outputs: each with its own, or a clear word about how many are wanted."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from loupe.engine.seq2seq.lines import Lines, outputs_by_line
from loupe.engine.seq2seq.references import Unit, align, read_references
from loupe.engine.seq2seq.sentences import LineBreaks, split_sentences
from loupe.errors import EmptyText, InvalidInput

TEXT = "One. Two.\r\n\r\nThree.\n"


@dataclass(frozen=True)
class Row:
    source: str
    target: str
    span: tuple[int, int]


def rows_of(text: str, line_breaks: LineBreaks = LineBreaks.END) -> list[Row]:
    """Each sentence in capitals, with a line break that a model might write."""
    found = split_sentences(text, line_breaks=line_breaks)
    return [Row(one.text, one.text.upper() + "\n", one.span) for one in found]


@pytest.mark.parametrize("text", ["", "a", "a\n", "a\nb", "\n\na\r\nb\rc\n\n", "x\u2028y\n z"])
def test_lines_are_those_that_are_counted_by_hand(text: str) -> None:
    lines = Lines(text)
    plain = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n").split("\n")
    assert [text[slice(*lines.span(n))] for n in range(1, len(lines) + 1)] == plain
    for n in range(1, len(lines) + 1):
        start, end = lines.span(n)
        assert lines.number(start) == n
        assert lines.number(end) == n or start == end


def test_outputs_are_put_together_line_by_line() -> None:
    assert outputs_by_line(TEXT, rows_of(TEXT)) == ["ONE.  TWO.", "", "THREE."]
    assert outputs_by_line("", []) == [""]


def test_as_many_references_as_rows_belong_to_them() -> None:
    found = align(TEXT, rows_of(TEXT), "", ["1", "2", "3"], LineBreaks.END)
    assert found.unit is Unit.ROWS
    assert [(p.line, p.source, p.reference) for p in found.pairs] == [
        (1, "One.", "1"),
        (1, "Two.", "2"),
        (3, "Three.", "3"),
    ]


@pytest.mark.parametrize("by_line", [True, False])
def test_as_many_as_lines_belong_to_those(by_line: bool) -> None:
    text = "One. Two. More.\n\nThree.\n\n"
    references = ["1 2", "", "3", ""] if by_line else ["1 2", "", "3"]
    found = align(text, rows_of(text), "", references, LineBreaks.END, by_line=by_line)
    assert found.unit is Unit.LINES
    assert found.skipped == 0
    assert [(p.line, p.reference) for p in found.pairs] == [(1, "1 2"), (3, "3")]
    assert "\n" not in found.pairs[0].output


def test_a_column_belongs_to_its_rows_though_the_table_has_as_many() -> None:
    text = "One. Two.\n\nThree."
    found = align(text, rows_of(text), "", ["1 2", "x", "3"], LineBreaks.END, by_line=True)
    assert found.unit is Unit.LINES
    assert [p.reference for p in found.pairs] == ["1 2", "3"]


def test_what_has_no_reference_is_left_out_and_counted() -> None:
    found = align("a\nb\nc", rows_of("a\nb\nc"), "", ["x", " ", "z"], LineBreaks.END)
    assert [p.source for p in found.pairs] == ["a", "c"]
    assert found.skipped == 1


def test_one_reference_may_stand_for_the_whole_of_one_text() -> None:
    rows = rows_of(TEXT, LineBreaks.SPACE)
    found = align(TEXT, rows, " all of it ", ["everything"], LineBreaks.SPACE)
    assert found.unit is Unit.WHOLE
    assert [(p.output, p.reference) for p in found.pairs] == [("all of it", "everything")]


@pytest.mark.parametrize("line_breaks", LineBreaks)
@pytest.mark.parametrize("given", [2, 4, 7])
def test_another_number_of_them_is_refused_with_the_numbers(
    line_breaks: LineBreaks, given: int
) -> None:
    text = "One. Two. Three.\nFour. Five. Six."
    rows = rows_of(text, line_breaks)
    if given == 2 and line_breaks is LineBreaks.END:
        assert align(text, rows, "", ["x"] * given, line_breaks).unit is Unit.LINES
        return
    with pytest.raises(InvalidInput) as raised:
        align(text, rows, "", ["x"] * given, line_breaks)
    assert f"references are {given}" in str(raised.value)
    assert "6 rows" in str(raised.value)
    assert "{" not in str(raised.value)


def test_references_are_lines_and_only_empty_ones_at_the_end_are_dropped() -> None:
    assert read_references("\na\r\n\r b \n\n") == ("", "a", "", "b")
    with pytest.raises(EmptyText):
        read_references(" \n")
    with pytest.raises(EmptyText):
        align("a", rows_of("a"), "", [" "], LineBreaks.END)
