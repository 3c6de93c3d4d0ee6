"""Rows with more or fewer columns than the first."""

from __future__ import annotations

from collections.abc import Iterator

from loupe.data.doctor.finding import DoctorFinding
from loupe.data.doctor.sample import SCAN_BYTES, Sample
from loupe.data.formats import Look
from loupe.data.formats.delimited import UnclosedQuote, delimiter_of, raw_rows
from loupe.data.formats.faults import excerpt
from loupe.errors import InvalidInput, Phrase


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if not sample.is_delimited or sample.reading.ragged != "refuse":
        return
    width = count = 0
    first: tuple[int, list[str]] | None = None
    try:
        look = Look(limit_bytes=SCAN_BYTES)
        for line, row, _ in raw_rows(sample.path, sample.reading, look):
            width = width or len(row)
            if len(row) != width:
                count += 1
                first = first or (line, row)
    except (UnclosedQuote, InvalidInput):
        pass  # quoting.py says it
    if first is None:
        return
    line, row = first
    yield DoctorFinding(
        "ragged",
        "error",
        Phrase(
            "{count} rows do not have {expected} columns as the first has; line {line} has "
            "{found}.",
            {"count": count, "expected": width, "line": line, "found": len(row)},
        ),
        Phrase("Fill what is missing and join what is too much to the last column."),
        line,
        excerpt(delimiter_of(sample.reading).join(row)),
        {"ragged": "fill"},
    )
