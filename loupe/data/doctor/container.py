"""Something else than its name says, or nothing at all."""

from __future__ import annotations

import json
from collections.abc import Iterator

from loupe.data.doctor.finding import DoctorFinding, Severity, refusal
from loupe.data.doctor.sample import Sample
from loupe.data.formats import faults, magic
from loupe.errors import Phrase


def find(sample: Sample) -> Iterator[DoctorFinding]:
    if not sample.head.strip(b" \t\r\n\xef\xbb\xbf"):
        yield refusal("container", faults.empty(sample.path))
        return
    if not sample.is_text:
        return  # their readers say it themselves
    known = magic.recognise(sample.head)
    if known is not None:
        yield refusal("container", magic.other_than_named(sample.path, *known))
    elif magic.is_web_page(sample.head):
        found = refusal("container", magic.web_page(sample.path))
        severity: Severity = "warning" if sample.reading.format == "txt" else "error"
        yield DoctorFinding("container", severity, found.message, found.remedy, 1)
    elif sample.reading.format not in {"json", "jsonl"}:
        yield from _json_by_another_name(sample)


def _json_by_another_name(sample: Sample) -> Iterator[DoctorFinding]:
    first = next((line for line in sample.lines if line.strip()), "").strip()
    if not first.startswith(("{", "[")):
        return
    try:
        value = json.loads(first)
    except (ValueError, RecursionError):
        return
    rows = isinstance(value, list) and value and isinstance(value[0], dict)
    if not isinstance(value, dict) and not rows:
        return
    chosen = "jsonl" if isinstance(value, dict) else "json"
    yield DoctorFinding(
        "container",
        "warning",
        Phrase("The file holds JSON, but is read as {format}.", {"format": sample.reading.format}),
        Phrase("Read it as {format}.", {"format": chosen}),
        1,
        faults.excerpt(first),
        {"format": chosen},
    )
