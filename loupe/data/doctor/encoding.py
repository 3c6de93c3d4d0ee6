"""In which encoding the text is written."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from itertools import islice

from charset_normalizer import from_bytes

from loupe.data.doctor.finding import DoctorFinding
from loupe.data.doctor.sample import SCAN_BYTES, Sample
from loupe.data.formats import Look, faults
from loupe.data.formats.streams import codec_of, find_undecodable
from loupe.errors import InvalidInput, Phrase

_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_GUESS_BYTES = 1 << 16
_GUESS_LINES = 500
_MANY_ZEROS = 0.3  # of all bytes: UTF-16 without a mark has about half, texts have none
_WESTERN = frozenset({"latin_1", "cp1252", "cp1250"})
_CANDIDATES = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "koi8_r",
    "cp932",
    "gb18030",
    "big5",
    "euc_jp",
    "euc_kr",
    "latin_1",
]


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if not sample.is_text:
        return
    reading, head = sample.reading, sample.head
    codec = codec_of(sample.path, reading.encoding)
    marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    if marked is None and (wide := _without_mark(head)) is not None and not codec.startswith("utf"):
        marked = wide
    if marked is None and codec == "utf-8-sig":
        marked = _without_mark(head)
    if marked is not None and not codec.startswith(marked[:6]):
        yield _written_in(sample, marked, 1, "")
        return
    if codec != "utf-8-sig":
        yield from _utf8_by_another_name(sample)
    wrong = find_undecodable(sample.path, reading, Look(limit_bytes=SCAN_BYTES))
    if wrong is not None:
        yield from _undecodable(sample, *wrong)


def _without_mark(head: bytes) -> str | None:
    even, odd = head[0:4096:2], head[1:4096:2]
    if len(odd) < 4:
        return None
    if odd.count(0) > len(odd) * 2 * _MANY_ZEROS and even.count(0) * 4 < odd.count(0):
        return "utf-16-le"
    if even.count(0) > len(even) * 2 * _MANY_ZEROS and odd.count(0) * 4 < even.count(0):
        return "utf-16-be"
    return None


def _written_in(sample: Sample, encoding: str, line: int, shown: str) -> DoctorFinding:
    return DoctorFinding(
        "encoding",
        "error",
        Phrase(
            "The file is not written in {encoding} (line {line}).",
            {"encoding": sample.reading.encoding.upper(), "line": line},
        ),
        Phrase("Read it as {encoding}.", {"encoding": encoding}),
        line,
        shown,
        {"encoding": encoding},
    )


def _utf8_by_another_name(sample: Sample) -> Iterator[DoctorFinding]:
    if sample.head.isascii() or codec_of(sample.path, sample.reading.encoding).startswith("utf"):
        return
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample.head, final=sample.whole)
    except UnicodeDecodeError:
        return
    number, line = next((n, b) for n, b in sample.byte_lines() if not b.isascii())
    yield DoctorFinding(
        "encoding",
        "warning",
        Phrase(
            "The file is written in UTF-8, but is read as {encoding}: letters with accents "
            "would fall apart.",
            {"encoding": sample.reading.encoding},
        ),
        Phrase("Read it as {encoding}.", {"encoding": "utf-8"}),
        number,
        faults.excerpt(line.decode("utf-8", "replace")),
        {"encoding": "utf-8"},
    )


def _undecodable(sample: Sample, line: int, detail: str) -> Iterator[DoctorFinding]:
    foreign = list(
        islice(((n, b) for n, b in sample.byte_lines() if not b.isascii()), _GUESS_LINES)
    )
    # Far into the file: the lines about the fault are the ones that tell.
    if not any(n >= line for n, _ in foreign):
        foreign = [(n, b) for n, b in sample.byte_lines() if n >= line and not b.isascii()][
            :_GUESS_LINES
        ]
    bad = [(n, b) for n, b in foreign if not _decodes(b, "utf-8")]
    shown = faults.excerpt(next((b for n, b in bad), b"").decode("utf-8", "replace"))
    if bad and len(bad) < len(foreign) and sample.reading.encoding.lower() == "utf-8":
        fine = next(n for n, b in foreign if _decodes(b, "utf-8"))
        yield DoctorFinding(
            "encoding",
            "error",
            Phrase(
                "Part of the file is written in UTF-8 (line {fine}) and part is not (line {line}).",
                {"fine": fine, "line": line},
            ),
            Phrase("Save both parts as UTF-8 before joining them."),
            line,
            shown,
        )
        return
    guessed = _guess(b"".join(b for _, b in bad)[:_GUESS_BYTES])
    if guessed is not None and not _reads_in(sample, guessed):
        guessed = None
    if guessed is None:
        error = faults.not_decodable(sample.path, line, detail, sample.reading.encoding)
        yield DoctorFinding(
            "encoding",
            "error",
            Phrase(error.message, error.params),
            Phrase(error.remedy),
            line,
            shown,
        )
    else:
        decoded = faults.excerpt(bad[0][1].decode(guessed, "replace"))
        yield _written_in(sample, guessed, line, decoded)


def _reads_in(sample: Sample, encoding: str) -> bool:
    reading = sample.reading.model_copy(update={"encoding": encoding})
    try:
        return find_undecodable(sample.path, reading, Look(limit_bytes=SCAN_BYTES)) is None
    except InvalidInput:
        return False


def _guess(foreign: bytes) -> str | None:
    if not foreign:
        return None
    found = "cp1252"
    matches = list(from_bytes(foreign, cp_isolation=_CANDIDATES))
    if matches:
        best = max(matches, key=lambda match: (match.coherence, -match.chaos))
        # A word or two show no language: then what the West writes is the likeliest, if it fits.
        western = {match.encoding for match in matches} & _WESTERN
        if best.coherence > 0 or not western:
            found = best.encoding
        if found == "latin_1":
            found = "cp1252"
    # What Windows writes; it leaves a few bytes undefined that latin-1 has.
    if found == "cp1252" and not _decodes(foreign, "cp1252"):
        return "latin-1"
    return found.replace("_", "-") if _decodes(foreign, found) else None


def _decodes(piece: bytes, encoding: str) -> bool:
    try:
        piece.decode(encoding)
    except UnicodeError:
        return False
    return True
