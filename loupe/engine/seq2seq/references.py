"""Which reference belongs to which row of a document."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from loupe.engine.seq2seq.lines import Lines, Row, outputs_by_line
from loupe.engine.seq2seq.sentences import LineBreaks
from loupe.errors import EmptyText, InvalidInput


class Unit(StrEnum):
    """What there is one reference for."""

    ROWS = "rows"  # each row of the result
    LINES = "lines"  # each line of the document, or row of the file
    WHOLE = "whole"  # the document


@dataclass(frozen=True, slots=True)
class Pair:
    """An output and its reference. line: of the document, in which its source begins, from 1."""

    line: int
    source: str
    output: str
    reference: str


@dataclass(frozen=True, slots=True)
class Aligned:
    """pairs: at least one. skipped: sources without a reference, left out."""

    pairs: tuple[Pair, ...]
    unit: Unit
    skipped: int


def read_references(text: str) -> tuple[str, ...]:
    """One a line; empty lines count, but for those at the end. Raises EmptyText."""
    found = [line.strip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    while found and not found[-1]:
        found.pop()
    if not found:
        raise EmptyText("There are no references yet.", "Paste them, one a line.")
    return tuple(found)


def align(
    text: str,
    rows: Sequence[Row],
    whole: str,
    references: Sequence[str],
    line_breaks: LineBreaks,
    *,
    by_line: bool = False,
) -> Aligned:
    """Put references beside outputs: as many as there are rows, else as there are lines, else one.

    whole: what was written of the document. Lines count where a line break ends what stands on it.
    by_line: they are a column beside the sources, whatever the number of rows is.
    An empty reference leaves its source out.
    Raises InvalidInput where the numbers differ, EmptyText where every reference is empty.
    """
    lines = Lines(text)
    unit = _unit(text, rows, references, line_breaks, by_line)
    if unit is Unit.ROWS:
        numbers = [lines.number(row.span[0]) for row in rows]
        sources, outputs = [row.source for row in rows], [row.target for row in rows]
    elif unit is Unit.LINES:
        numbers = list(range(1, len(references) + 1))
        count = min(len(lines), len(references))
        sources = [text[slice(*lines.span(number))].strip() for number in range(1, count + 1)]
        outputs = outputs_by_line(text, rows)[:count]
        # A file's last rows may be empty, which a text does not show.
        sources += [""] * (len(references) - count)
        outputs += [""] * (len(references) - count)
    else:
        numbers, sources, outputs = [1], [text.strip()], [whole.strip()]
    asked = [i for i, source in enumerate(sources) if source.strip()]
    kept = [i for i in asked if references[i].strip()]
    if not kept:
        raise EmptyText("There are no references yet.", "Paste them, one a line.")
    pairs = tuple(Pair(numbers[i], sources[i], outputs[i], references[i].strip()) for i in kept)
    return Aligned(pairs, unit, len(asked) - len(kept))


def _unit(
    text: str,
    rows: Sequence[Row],
    references: Sequence[str],
    line_breaks: LineBreaks,
    by_line: bool,
) -> Unit:
    given, lines = len(references), Lines(text)
    if given == len(rows) and not by_line:
        return Unit.ROWS
    if line_breaks is LineBreaks.END:
        last = max((lines.number(row.span[0]) for row in rows), default=0)
        # Behind the last line that says something, empty ones may be counted or not.
        if last <= given and not any(reference.strip() for reference in references[last:]):
            return Unit.LINES
        raise InvalidInput(
            "The references are {given}; the table has {rows} rows, from {lines} lines.",
            "Give one reference a line: as many as the table has rows, or one for each line of "
            "the document, an empty line for an empty one.",
            given=f"{given:,}",
            rows=f"{len(rows):,}",
            lines=f"{last:,}",
        )
    if given == 1:
        return Unit.WHOLE
    raise InvalidInput(
        "The references are {given}; the table has {rows} rows.",
        "Give one reference a line, as many as the table has rows, or a single one for all of it.",
        given=f"{given:,}",
        rows=f"{len(rows):,}",
    )
