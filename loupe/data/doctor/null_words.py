"""Words that other tools read as nothing."""

from __future__ import annotations

from collections.abc import Iterator

from loupe.data.doctor.finding import DoctorFinding
from loupe.data.doctor.sample import Sample
from loupe.data.formats.faults import excerpt
from loupe.errors import Phrase

# What pandas takes for missing by default, as far as people write it.
_WORDS = frozenset({"NA", "N/A", "n/a", "#N/A", "NULL", "null", "NaN", "nan", "None", "<NA>"})


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if not sample.is_delimited:
        return
    found = [
        (line, cell) for line, row in sample.rows(sample.reading) for cell in row if cell in _WORDS
    ]
    if found:
        line, word = found[0]
        yield DoctorFinding(
            "null_words",
            "info",
            Phrase(
                "{count} cells hold a word such as “{word}” (line {line}), which other tools read "
                "as missing; here it is kept as text.",
                {"count": len(found), "word": word, "line": line},
            ),
            Phrase("Nothing needs to be done here."),
            line,
            excerpt(word),
        )
