"""The import doctor: what is wrong with a file, said before it is loaded, with the fix.

One check a file; `CHECKS` lists them. Each looks at the file as the fixes of those before it would
have it read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from loupe.data.doctor import (
    characters,
    conll_columns,
    container,
    delimiter,
    encoding,
    header,
    json_shape,
    json_values,
    line_ends,
    null_words,
    quoting,
    ragged,
)
from loupe.data.doctor.finding import (
    SEVERITIES,
    Diagnosis,
    DoctorFinding,
    Preview,
    apply_fix,
    refusal,
)
from loupe.data.doctor.first_rows import preview, trial
from loupe.data.doctor.sample import SCAN_BYTES, Sample, take_sample
from loupe.data.formats.members import members
from loupe.data.paths import reading_of
from loupe.data.spec import Reading
from loupe.errors import InvalidInput, Phrase

__all__ = ["CHECKS", "Diagnosis", "DoctorFinding", "Preview", "apply_fix", "examine"]

CHECKS: dict[str, Callable[[Sample], Iterator[DoctorFinding]]] = {
    "container": container.find,
    "encoding": encoding.find,
    "characters": characters.find,
    "line_ends": line_ends.find,
    "conll_columns": conll_columns.find,
    "delimiter": delimiter.find,
    "quoting": quoting.find,
    "header": header.find,
    "ragged": ragged.find,
    "null_words": null_words.find,
    "json_shape": json_shape.find,
    "json_values": json_values.find,
}


def examine(path: Path, source: Reading) -> Diagnosis:
    """Look at a file as `source` reads it; never raises for what is in the file.

    Reads the beginning closely, and looks through up to `SCAN_BYTES` of it for faults that sit
    late. No pickle, workbook or archive in an archive is ever opened.
    """
    findings: list[DoctorFinding] = []
    current = Reading(**{name: getattr(source, name) for name in Reading.model_fields})
    working = current
    try:
        working = _settled(path, current, findings)
        sample = take_sample(path, working)
        for check in CHECKS.values():
            for finding in check(sample):
                findings.append(finding)
                if finding.fix and finding.severity != "info":
                    working = apply_fix(working, finding)
            if working != sample.reading:
                sample = Sample(path, working, sample.head, sample.whole)
            if any(f.kind == "container" and f.severity == "error" and not f.fix for f in findings):
                break
        looked, whole = len(sample.head), sample.whole
        if not any(f.severity == "error" and not f.fix for f in findings):
            refused = trial(path, working)
            if refused is not None:
                findings.append(refusal("container", refused))
        if not whole:
            looked, whole = _looked_through(path)
    except InvalidInput as error:
        findings.append(refusal("container", error))
        looked, whole = 0, False
    ranked = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
    before = preview(path, current)
    after = before if working == current else preview(path, working)
    return Diagnosis(tuple(ranked), working, before, after, looked, whole)


def _settled(path: Path, reading: Reading, findings: list[DoctorFinding]) -> Reading:
    """The reading with its format named; where nothing names it, by a look at the file."""
    try:
        return reading_of(reading, path)
    except InvalidInput as error:
        fix: dict[str, object] = {}
        if path.suffix.lower() == ".zip":
            names = members(path) if not reading.member else ()
            fix = {"member": names[0]} if names else {}
        elif path.is_file() and reading.format == "auto":
            fix = {"format": _format_by_content(path, reading)}
        if not fix:
            raise
        said = refusal("container", error)
        remedy = Phrase("Read it as {choice}.", {"choice": next(iter(fix.values()))})
        findings.append(DoctorFinding("container", "error", said.message, remedy, fix=fix))
        return reading_of(reading.model_copy(update=fix), path)


def _format_by_content(path: Path, reading: Reading) -> str:
    text = take_sample(path, reading.model_copy(update={"format": "txt"}))
    found = text.head[:4]
    if found == b"PAR1":
        return "parquet"
    if found in {b"ARRO", b"\xff\xff\xff\xff"}:
        return "arrow"
    if text.text.lstrip().startswith("["):
        return "json"
    if text.text.lstrip().startswith("{"):
        return "jsonl"
    first = text.text.partition("\n")[0]
    return "tsv" if "\t" in first else "csv" if "," in first else "txt"


def _looked_through(path: Path) -> tuple[int, bool]:
    # An archive's unpacked size is not known without unpacking it: then it is not said to be all.
    if path.suffix.lower() in {".gz", ".zip"}:
        return SCAN_BYTES, False
    size = path.stat().st_size
    return min(size, SCAN_BYTES), size <= SCAN_BYTES
