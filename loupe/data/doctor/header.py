"""Whether the first row names the columns, and whether these names will do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from loupe.data.columns import USUAL_NAMES
from loupe.data.doctor.finding import DoctorFinding
from loupe.data.doctor.sample import Sample
from loupe.data.formats.faults import excerpt
from loupe.data.formats.table import unique_names
from loupe.errors import Phrase

_USUAL = frozenset(name for names in USUAL_NAMES.values() for name in names) | {
    "id",
    "title",
    "name",
    "date",
    "author",
    "url",
    "lang",
    "language",
    "split",
    "target",
    "score",
    "rating",
    "prompt",
    "question",
    "answer",
    "response",
    "attribution",
    "en",
    "fr",
    "de",
    "es",
    "premise",
    "hypothesis",
}
_LONGEST_NAME_CHARACTERS = 60
_LONGEST_NAME_WORDS = 5
_FEW_VALUES = 0.2  # of the rows: a column of so few different values holds classes
MANY_COLUMNS = 200


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if not sample.is_delimited:
        return
    rows = sample.rows(sample.reading)
    if not rows:
        return
    line, first = rows[0]
    rest = [row for _, row in rows[1:] if len(row) == len(first)]
    shown = excerpt(" | ".join(first))
    if sample.reading.header and sample.reading.column_names:
        return
    if sample.reading.header:
        if _is_data(first, rest):
            yield DoctorFinding(
                "header",
                "warning",
                Phrase("The first row looks like data, not like the names of columns."),
                Phrase("Read the file without header: its columns are 0, 1, …"),
                line,
                shown,
                {"header": False},
            )
        else:
            yield from _names(first, line)
        if len(rows) == 1 and sample.whole:
            yield DoctorFinding(
                "header",
                "error",
                Phrase("There is only the header: the file has no rows."),
                Phrase("Choose another file, or read it without header."),
                line,
                shown,
            )
    elif _is_header(first, rest):
        yield DoctorFinding(
            "header",
            "warning",
            Phrase("The first row names the columns, but would be read as data."),
            Phrase("Read the file with its header."),
            line,
            shown,
            {"header": True},
        )
    if len(first) > MANY_COLUMNS:
        yield DoctorFinding(
            "header",
            "warning",
            Phrase("The file has {count} columns.", {"count": len(first)}),
            Phrase("Check what parts its columns, or keep those that you need."),
            line,
            shown,
        )


def _is_data(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    cells = [cell.strip() for cell in first]
    if any(cell.lower() in _USUAL for cell in cells):
        return False
    if any(len(c) > _LONGEST_NAME_CHARACTERS or _is_number(c) for c in cells):
        return True
    if any(len(cell.split()) > _LONGEST_NAME_WORDS for cell in cells):
        return True
    return any(_recurs(i, cell, rest) for i, cell in enumerate(first) if cell)


def _is_header(first: Sequence[str], rest: Sequence[Sequence[str]]) -> bool:
    named = any(cell.strip().lower() in _USUAL for cell in first)
    return named and len(rest) > 1 and not any(_recurs(i, c, rest) for i, c in enumerate(first))


def _recurs(position: int, cell: str, rest: Sequence[Sequence[str]]) -> bool:
    """Whether the first row's cell is one of the few values of a column of classes."""
    values = [row[position] for row in rest]
    return cell in values and len(set(values)) <= max(2, _FEW_VALUES * len(values))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _names(first: Sequence[str], line: int) -> Iterator[DoctorFinding]:
    unique = unique_names(first)
    empty = [i for i, name in enumerate(first) if not name.strip()]
    twice = sorted({name for name in first if name and first.count(name) > 1})[:20]
    for places, message in (
        (empty, "{count} columns have no name; they are called by their position."),
        (twice, "{count} names stand for several columns: {names}; the later ones get a number."),
    ):
        if places:
            yield DoctorFinding(
                "header",
                "warning",
                Phrase(
                    message,
                    {"count": len(places), "names": ", ".join(f"“{p}”" for p in places)},
                ),
                Phrase("Give each column its own name."),
                line,
                excerpt(" | ".join(first)),
                {"column_names": unique} if unique != tuple(first) else {},
            )
