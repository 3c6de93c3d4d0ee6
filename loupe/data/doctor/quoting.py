"""Quotation marks that swallow lines, or that stand around the cells of a tsv."""

from __future__ import annotations

from collections.abc import Iterator

from loupe.data.doctor.finding import DoctorFinding
from loupe.data.doctor.sample import SCAN_BYTES, Sample
from loupe.data.formats import Look
from loupe.data.formats.delimited import UnclosedQuote, has_quotes, raw_rows
from loupe.data.formats.faults import excerpt
from loupe.errors import InvalidInput, Phrase

_MANY_LINES = 20  # a cell of so many lines is a swallowed part of the file, or a document
_QUOTED = 0.5  # of the rows of a tsv have a cell in quotation marks


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if sample.is_delimited and has_quotes(sample.reading):
        yield from _swallowing(sample)
    elif sample.is_delimited:
        yield from _kept(sample)


def _swallowing(sample: Sample) -> Iterator[DoctorFinding]:
    found = _open_quote(sample)
    if found is None:
        return
    line, text, lines = found
    plain = sample.reading.model_copy(update={"quoting": False})
    widths = {len(row) for _, row in sample.rows(plain)}
    yield DoctorFinding(
        "quoting",
        "error",
        Phrase(
            "A quotation mark that opens in line {line} is not closed: it takes the {lines} lines "
            "that follow into one cell.",
            {"line": line, "lines": lines},
        ),
        Phrase("Read the file without quoting.")
        if len(widths) == 1
        else Phrase("Close the quotation mark, or double it where it belongs to the text."),
        line,
        excerpt(text),
        # Only where every row comes out with the same columns.
        {"quoting": False} if len(widths) == 1 else {},
    )


def _open_quote(sample: Sample) -> tuple[int, str, int] | None:
    """(line, text, lines swallowed): of a quote open at the end, or closed by the next one."""
    look = Look(limit_bytes=SCAN_BYTES)
    width = 0
    try:
        for line, row, _ in raw_rows(sample.path, sample.reading, look):
            width = width or len(row)
            swallowed = max((cell.count("\n") for cell in row), default=0)
            # The lines in the cell would be rows: they hold the delimiter as often as rows do.
            if len(row) != width and swallowed >= _MANY_LINES:
                return line, " ".join(row), swallowed
    except UnclosedQuote as fault:
        text = " ".join(fault.row)
        return fault.line, text, text.count("\n")
    except InvalidInput as fault:
        # A row beyond all bounds is the same fault; other faults have their own check.
        at = fault.params.get("line")
        if "limit" in fault.params and isinstance(at, int):
            return at, "", 0
    return None


def _kept(sample: Sample) -> Iterator[DoctorFinding]:
    rows = sample.rows(sample.reading)
    whole = [(line, row) for line, row in rows if any(_in_quotes(cell) for cell in row)]
    begun = [(line, row) for line, row in rows if any(cell.startswith('"') for cell in row)]
    if len(whole) > max(2, _QUOTED * len(rows)):
        line, row = whole[0]
        yield DoctorFinding(
            "quoting",
            "warning",
            Phrase(
                "The cells stand in quotation marks (line {line}), which would be part of the "
                "text.",
                {"line": line},
            ),
            Phrase("Read the file with quoting."),
            line,
            excerpt("\t".join(row)),
            {"quoting": True},
        )
    elif begun:
        line, row = begun[0]
        yield DoctorFinding(
            "quoting",
            "info",
            Phrase(
                "{count} rows have a cell that begins with a quotation mark (first in line "
                "{line}); it is kept as text, other tools may join lines there.",
                {"count": len(begun), "line": line},
            ),
            Phrase("Nothing needs to be done here."),
            line,
            excerpt("\t".join(row)),
        )


def _in_quotes(cell: str) -> bool:
    return len(cell) > 1 and cell.startswith('"') and cell.endswith('"')
