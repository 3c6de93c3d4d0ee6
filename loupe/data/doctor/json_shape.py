"""Where the rows lie in a JSON file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from loupe.data.doctor.finding import DoctorFinding
from loupe.data.doctor.sample import SCAN_BYTES, Sample
from loupe.data.formats import Look
from loupe.data.formats.faults import excerpt
from loupe.data.formats.json_document import survey
from loupe.errors import InvalidInput, Phrase

_LINES = 20


def find(sample: Sample) -> Iterator[DoctorFinding]:
    sign = sample.text.lstrip()[:1]
    if sample.reading.format == "jsonl":
        yield from _document_as_lines(sample, sign)
    elif sample.reading.format == "json":
        if sign == "{" and (follows := _follows_first(sample)):
            yield from _several(sample, follows)
        elif sign == "{":
            yield from _under_keys(sample)


def _document_as_lines(sample: Sample, sign: str) -> Iterator[DoctorFinding]:
    first = next((line for line in sample.lines if line.strip()), "")
    if sign == "[" or (sign == "{" and _parsed(first) is None and _is_one_value(sample)):
        yield _other_format(
            "The file is one JSON document, not one object a line.", "json", 1, first
        )


def _is_one_value(sample: Sample) -> bool:
    return sample.whole and _parsed(sample.text) is not None


def _follows_first(sample: Sample) -> int | None:
    """The line in which a second value begins after the first; None where the first is all."""
    start = len(sample.text) - len(sample.text.lstrip())
    try:
        _, end = json.JSONDecoder().raw_decode(sample.text, start)
    except (ValueError, RecursionError):
        return None
    rest = sample.text[end:]
    if not rest.strip():
        return None
    return 1 + sample.text.count("\n", 0, end + len(rest) - len(rest.lstrip()))


def _several(sample: Sample, line: int) -> Iterator[DoctorFinding]:
    lines = [text for text in sample.lines if text.strip()][:_LINES]
    shown = sample.lines[line - 1] if line <= len(sample.lines) else ""
    if lines and all(isinstance(_parsed(text), dict) for text in lines):
        yield _other_format("The file has one JSON object a line.", "jsonl", line, shown)
        return
    yield DoctorFinding(
        "json_shape",
        "error",
        Phrase("In line {line} another JSON value follows the first.", {"line": line}),
        Phrase("Write a list of them, or one object a line."),
        line,
        excerpt(shown),
    )


def _other_format(message: str, wanted: str, line: int, shown: str) -> DoctorFinding:
    return DoctorFinding(
        "json_shape",
        "error",
        Phrase(message),
        Phrase("Read it as {format}.", {"format": wanted}),
        line,
        excerpt(shown),
        {"format": wanted},
    )


def _under_keys(sample: Sample) -> Iterator[DoctorFinding]:
    within = tuple(sample.reading.field.split(".")) if sample.reading.field else ()
    found = _survey(sample, within)
    tables = [key for key, (kind, _) in found.items() if kind == "objects"]
    lists = [key for key, (kind, _) in found.items() if kind == "list"]
    if not tables and not lists:
        # One level deeper; a key with a dot in it could not be named.
        for key in [key for key in found if "." not in key][:_LINES]:
            inner = _survey(sample, (*within, key))
            tables += [f"{key}.{k}" for k, (kind, _) in inner.items() if kind == "objects"]
    before = f"{sample.reading.field}." if sample.reading.field else ""
    if len(tables) > 1 or (tables and "." in tables[0]):
        yield _field("error", "The rows lie under one of: {names}.", before, tables)
    elif tables and not within:
        yield _field("info", "The rows lie under {names}; they are found there.", before, tables)
    elif lists and not within:
        yield DoctorFinding(
            "json_shape",
            "info",
            Phrase("The file has a list for each column; a row is made of their values."),
            Phrase("Nothing needs to be done here; other tools may see one single row."),
        )


def _field(severity: Any, message: str, before: str, tables: list[str]) -> DoctorFinding:
    return DoctorFinding(
        "json_shape",
        severity,
        Phrase(message, {"names": ", ".join(f"“{excerpt(before + t)}”" for t in tables[:_LINES])}),
        Phrase("Read what lies under “{field}”.", {"field": excerpt(before + tables[0])}),
        fix={"field": before + tables[0]},
    )


def _survey(sample: Sample, within: tuple[str, ...]) -> dict[str, Any]:
    try:
        return survey(sample.path, sample.reading, Look(limit_bytes=SCAN_BYTES), within)
    except InvalidInput:
        return {}  # reading it says what is wrong


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None
