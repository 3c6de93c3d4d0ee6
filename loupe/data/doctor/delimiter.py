"""What parts the columns of a csv or tsv."""

from __future__ import annotations

from collections.abc import Iterator

from loupe.data.doctor.finding import DoctorFinding
from loupe.data.doctor.sample import Sample
from loupe.data.formats.delimited import delimiter_of
from loupe.data.formats.faults import excerpt
from loupe.errors import Phrase

_SIGNS = (",", "\t", ";", "|")
_NAMES = {"\t": "tabs", ",": "commas", ";": "semicolons", "|": "vertical bars"}
_ROWS = 200
ALIKE = 0.95  # of the rows have the same width: it is no accident


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if not sample.is_delimited:
        return
    current = delimiter_of(sample.reading)
    if _width(sample, current) > 1:
        return
    widths = {sign: _width(sample, sign) for sign in _SIGNS if sign != current}
    best = max(widths, key=lambda sign: widths[sign])
    if widths[best] < 2:
        return
    yield DoctorFinding(
        "delimiter",
        "warning",
        Phrase(
            "The columns are parted by {sign}, but the file is read with {current}: "
            "its {count} columns would be one.",
            {
                "sign": Phrase(_NAMES[best]),
                "current": Phrase(_NAMES.get(current, current)),
                "count": widths[best],
            },
        ),
        Phrase("Read it with {sign}.", {"sign": Phrase(_NAMES[best])}),
        1,
        excerpt(sample.lines[0] if sample.lines else ""),
        {"delimiter": best},
    )


def _width(sample: Sample, sign: str) -> int:
    """How many columns the first row and almost all others have with this delimiter, else 0.

    The first row has to have them too: texts in columns that semicolons part may all hold a comma.
    """
    rows = sample.rows(sample.reading.model_copy(update={"delimiter": sign}))[:_ROWS]
    widths = [len(row) for _, row in rows]
    if not widths:
        return 0
    usual = max(set(widths), key=widths.count)
    return usual if widths[0] == usual and widths.count(usual) >= ALIKE * len(widths) else 0
