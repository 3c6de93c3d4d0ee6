"""What the doctor says of a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

from loupe.data.spec import Reading
from loupe.errors import InvalidInput, Phrase

Severity = Literal["error", "warning", "info"]
R = TypeVar("R", bound=Reading)
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True)
class DoctorFinding:
    """One fault of a file.

    kind: a key of `CHECKS`. severity: "error": cannot be read so; "warning": would load, but
    wrongly; "info": good to know. line: from 1, where it is first seen. excerpt: the offending
    text, cut. fix: fields of `Reading` to change, empty where only the file can be changed.
    """

    kind: str
    severity: Severity
    message: Phrase
    remedy: Phrase
    line: int | None = None
    excerpt: str = ""
    fix: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Preview:
    """The first rows under one reading. fault: why there are no more of them, or none."""

    names: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    fault: InvalidInput | None = None


@dataclass(frozen=True)
class Diagnosis:
    """All of it.

    findings: errors first. reading: as suggested, all fixes of errors and warnings applied; the
    format is named. current, suggested: the first rows under the reading that was asked about, and
    under the suggested one. looked_bytes: of the unpacked file, how many were looked at; whole:
    whether that is all.
    """

    findings: tuple[DoctorFinding, ...]
    reading: Reading
    current: Preview
    suggested: Preview
    looked_bytes: int
    whole: bool


def apply_fix(reading: R, finding: DoctorFinding) -> R:
    """The reading (or `Source`) with the finding's fix. Raises pydantic's ValidationError."""
    return type(reading).model_validate({**reading.model_dump(), **finding.fix})


def refusal(kind: str, error: InvalidInput) -> DoctorFinding:
    """What the reader itself says, as a finding."""
    line = error.params.get("line")
    return DoctorFinding(
        kind,
        "error",
        Phrase(error.message, error.params),
        Phrase(error.remedy, error.params),
        line if isinstance(line, int) else None,
        str(error.params.get("excerpt", error.params.get("shown", ""))),
    )
