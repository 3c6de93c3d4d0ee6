"""Lines that end as on very old computers, and lines that hardly end."""

from __future__ import annotations

from collections.abc import Iterator

from loupe.data.doctor.finding import DoctorFinding
from loupe.data.doctor.sample import Sample
from loupe.data.formats.faults import excerpt
from loupe.errors import Phrase

LONG_LINE_BYTES = 1_000_000


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if not sample.is_text:
        return
    if b"\r" in sample.head and b"\n" not in sample.head:
        yield DoctorFinding(
            "line_ends",
            "info",
            Phrase("Its lines end with a carriage return only; they are read as lines."),
            Phrase("Nothing needs to be done here; other tools may see one single line."),
            1,
        )
        return
    if sample.reading.format == "json":
        return  # one line is usual there
    length = 0
    for first, chunk in sample.chunks():
        # Longer than a few chunks: then one of them has no end of a line at all.
        at = chunk.rfind(b"\n")
        length = length + len(chunk) if at < 0 else len(chunk) - at - 1
        if length > LONG_LINE_BYTES:
            yield DoctorFinding(
                "line_ends",
                "warning",
                Phrase(
                    "Line {line} is longer than {limit} bytes.",
                    {"line": first, "limit": LONG_LINE_BYTES},
                ),
                Phrase("Check that its lines end, and that it is no program's dump."),
                first,
                excerpt(chunk[:400].decode("utf-8", "replace")),
            )
            return
