"""Characters that are no part of a text: NUL, marks in its middle, letters lost long ago."""

from __future__ import annotations

from collections.abc import Iterator

from loupe.data.doctor.finding import DoctorFinding
from loupe.data.doctor.sample import Sample
from loupe.data.formats.faults import excerpt
from loupe.errors import Phrase

_STRAY: tuple[tuple[bytes, str, str], ...] = (
    (
        b"\x00",
        "There are NUL characters in the text (line {line}), which other tools take for its end.",
        "Delete them, or check the encoding.",
    ),
    (
        b"\xef\xbb\xbf",
        "There is an invisible byte order mark within the text (line {line}), as is left where "
        "files are joined.",
        "Delete it there.",
    ),
    (
        b"\xef\xbf\xbd",
        "Letters were lost before this file was written: “�” stands for them (line {line}).",
        "Make the file again from its source, in UTF-8.",
    ),
)


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if not sample.is_text:
        return
    wanted = {sign: (message, remedy) for sign, message, remedy in _STRAY}
    if sample.reading.encoding.lower().replace("_", "-") not in {"utf-8", "utf-8-sig", "ascii"}:
        return  # their bytes mean something else
    for first, chunk in sample.chunks():
        if first == 1:
            chunk = chunk.removeprefix(b"\xef\xbb\xbf")
        for sign in [sign for sign in wanted if sign in chunk]:
            message, remedy = wanted.pop(sign)
            at = chunk.index(sign)
            line = first + chunk.count(b"\n", 0, at)
            around = chunk[max(0, at - 40, chunk.rfind(b"\n", 0, at) + 1) : at + 120]
            yield DoctorFinding(
                "characters",
                "warning",
                Phrase(message, {"line": line}),
                Phrase(remedy),
                line,
                excerpt(around.decode("utf-8", "replace")),
            )
        if not wanted:
            return
