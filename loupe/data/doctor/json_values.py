"""Values that JSON has no words for, keys that come twice, columns of several kinds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from loupe.data.doctor.finding import DoctorFinding, refusal
from loupe.data.doctor.sample import SCAN_BYTES, Sample
from loupe.data.formats import Look, open_table
from loupe.data.formats.faults import excerpt
from loupe.errors import InvalidInput, Phrase


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if sample.reading.format not in {"json", "jsonl"}:
        return
    yield from _odd(sample)
    yield from _mixed(sample)


class _Odd(Exception):
    """A key that comes twice, or a number that is none."""


def _odd(sample: Sample) -> Iterator[DoctorFinding]:
    seen: set[str] = set()
    lines = sample.lines if sample.reading.format == "jsonl" else [sample.text]
    for number, line in enumerate(lines, start=1):
        for kind, message in (
            ("twice", "An object has the key “{word}” twice (line {line}); the last one counts."),
            ("number", "“{word}” (line {line}) is not JSON; it is read as a number."),
        ):
            if kind in seen or (word := _first_odd(line, kind)) is None:
                continue
            seen.add(kind)
            yield DoctorFinding(
                "json_values",
                "warning",
                Phrase(message, {"word": word, "line": number}),
                Phrase("Correct it where the file is made."),
                number,
                excerpt(line),
            )


def _first_odd(text: str, kind: str) -> str | None:
    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = dict(found)
        if kind == "twice" and len(keys) != len(found):
            names = [key for key, _ in found]
            raise _Odd(next(name for name in names if names.count(name) > 1))
        return keys

    def constant(word: str) -> float:
        if kind == "number":
            raise _Odd(word)
        return 0.0

    try:
        json.loads(text, object_pairs_hook=pairs, parse_constant=constant)
    except _Odd as odd:
        return excerpt(str(odd))
    except (ValueError, RecursionError):
        pass  # reading it says what is wrong
    return None


def _mixed(sample: Sample) -> Iterator[DoctorFinding]:
    look = Look(limit_bytes=SCAN_BYTES)
    try:
        # The kinds of all columns are known then; a fault is raised as its column is asked for.
        next(open_table(sample.path, sample.reading, look).batches(None), None)
    except InvalidInput as error:
        if "column" not in error.params or "place" not in error.params:
            return
        found = refusal("json_values", error)
        word, _, number = str(error.params["place"]).partition(" ")
        line = int(number) if word == "line" else None
        fix = {"mixed": "text"} if _reads_as_text(sample) else {}
        yield DoctorFinding(
            "json_values",
            "error",
            found.message,
            Phrase("Read such columns as texts.") if fix else found.remedy,
            line,
            found.excerpt,
            fix,
        )


def _reads_as_text(sample: Sample) -> bool:
    reading = sample.reading.model_copy(update={"mixed": "text"})
    try:
        next(open_table(sample.path, reading, Look(limit_bytes=SCAN_BYTES)).batches(None), None)
    except InvalidInput:
        return False
    return True
