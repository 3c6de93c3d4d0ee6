"""What a pre-flight found: findings that stop or warn, and the numbers of a run to come."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from loupe.errors import LoupeError, Phrase
from loupe.training.events import plain

SCHEMA_VERSION = 1

Severity = Literal["stop", "warn", "note"]
Verdict = Literal["go", "warn", "stop"]
LossScaling = Literal["ignored", "honoured"]

_ORDER: dict[str, int] = {"stop": 0, "warn": 1, "note": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a person should know before the run begins.

    severity: "stop": the run would fail, or learn nothing that is worth it; "warn": it would run,
    but likely not as meant; "note": good to know. field: the dotted path in run.yaml
    ("args.learning_rate", "data.train.0.columns.label"); "" for the run as a whole. message,
    remedy: templates that `params` fill. detail: a library's own words. changes: dotted field to
    the value that would mend it.
    """

    severity: Severity
    field: str
    message: str
    remedy: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    detail: str | None = None
    changes: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.message.format(**self.params)} {self.remedy.format(**self.params)}".strip()

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it; phrases within are filled in, in English."""
        params = {k: str(v) if isinstance(v, Phrase) else v for k, v in self.params.items()}
        return {
            **{f.name: getattr(self, f.name) for f in dataclasses.fields(self)},
            "params": params,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        return cls(**{f.name: data[f.name] for f in dataclasses.fields(cls) if f.name in data})


@dataclass(frozen=True, slots=True)
class Example:
    """One row as the model gets it.

    tokens: (T,) pieces as text. carries_loss: (T,), whether the model is judged at the position;
    empty where one answer stands for the whole row. target: what it is to answer: a label, or the
    pieces of the text to write; () for language models, which guess their own tokens.
    """

    tokens: tuple[str, ...]
    carries_loss: tuple[bool, ...] = ()
    target: tuple[str, ...] = ()

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Example:
        return cls(*(tuple(data[f.name]) for f in dataclasses.fields(cls)))


@dataclass(frozen=True)
class PreflightReport:
    """All of it; a number is None where the pre-flight ended before it was known.

    findings: stops first. elapsed_s: the pre-flight's own.
    device: "cuda", "mps" or "cpu". dtype: of the weights as stored; they train in float32.
    parameters, trainable_parameters: counts. new_modules: random at the start, since the checkpoint
    lacks them. labels: name to its training rows (or words), in the order of their ids. train_rows,
    validation_rows: after the split. examples: what a pass goes over.
    unknown_share: of tokens, in the role where it is largest. truncated_share: of examples that
    lose an end. mean_tokens, longest_tokens: of an example as the model gets it. sampled: whether
    these five are of a sample of the rows.
    step_s: a typical optimizer step; longest_step_s: one at the longest batch. evaluation_s: one
    evaluation while training; evaluations: how many, the first look included. start_s: from the
    process's start to the first step. eta_s: all of the run.
    flops_per_step, flops_total: of forward and backward passes.
    peak_bytes: the most that the process takes on its device. free_bytes: what is free there now.
    models_bytes: what the pages' models hold there, and would give back.
    disk_needed_bytes, disk_free_bytes: where the run's folder lies.
    batch: the largest per-device batch that fits, up to the one asked for; with `accumulation` it
    makes the same effective batch. loss_scaling: whether the model's own head divides by the
    targets of the whole step; Loupe's loss does in any case. packing: several texts in one row.
    fitted: dotted field to value, so that the run ends within `fit_time_s`; {} where it does.
    fitted_eta_s: how long it then takes; None without any.
    shown: a few examples.
    """

    findings: tuple[Finding, ...] = ()
    elapsed_s: float | None = None
    device: str | None = None
    bf16: bool | None = None
    dtype: str | None = None
    parameters: int | None = None
    trainable_parameters: int | None = None
    new_modules: tuple[str, ...] = ()
    labels: Mapping[str, int] = dataclasses.field(default_factory=dict)
    train_rows: int | None = None
    validation_rows: int | None = None
    examples: int | None = None
    sampled: bool | None = None
    unknown_share: float | None = None
    truncated_share: float | None = None
    mean_tokens: float | None = None
    longest_tokens: int | None = None
    total_steps: int | None = None
    steps_per_epoch: int | None = None
    step_s: float | None = None
    longest_step_s: float | None = None
    evaluation_s: float | None = None
    evaluations: int | None = None
    start_s: float | None = None
    eta_s: float | None = None
    flops_per_step: int | None = None
    flops_total: int | None = None
    peak_bytes: int | None = None
    free_bytes: int | None = None
    models_bytes: int = 0
    disk_needed_bytes: int | None = None
    disk_free_bytes: int | None = None
    batch: int | None = None
    accumulation: int | None = None
    loss_scaling: LossScaling | None = None
    packing: bool | None = None
    fit_time_s: float | None = None
    fitted: Mapping[str, Any] = dataclasses.field(default_factory=dict)
    fitted_eta_s: float | None = None
    shown: tuple[Example, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """ "stop" where anything stops, else "warn" where anything warns, else "go"."""
        severities = {finding.severity for finding in self.findings}
        if "stop" in severities:
            return "stop"
        return "warn" if "warn" in severities else "go"

    def to_dict(self) -> dict[str, Any]:
        """Plain values, with `schema_version`."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self)}
        return {
            "schema_version": SCHEMA_VERSION,
            **values,
            "findings": [finding.to_dict() for finding in self.findings],
            "shown": [dataclasses.asdict(example) for example in self.shown],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> PreflightReport:
        """The inverse. Raises ValueError for another version; KeyError, TypeError for no report."""
        if data["schema_version"] != SCHEMA_VERSION:
            raise ValueError(f"a pre-flight report of version {data['schema_version']}")
        known = {f.name for f in dataclasses.fields(cls)}
        values = {name: value for name, value in data.items() if name in known}
        values["findings"] = tuple(Finding.from_dict(item) for item in data["findings"])
        values["shown"] = tuple(Example.from_dict(item) for item in data["shown"])
        values["new_modules"] = tuple(data["new_modules"])
        return cls(**values)

    def write(self, path: Path) -> None:
        """All of the file or nothing."""
        beside = path.with_name(f".{path.name}.new")
        text = json.dumps(plain(self.to_dict()), ensure_ascii=False, indent=1)
        beside.write_text(text + "\n", "utf-8")
        beside.replace(path)

    @classmethod
    def read(cls, path: Path) -> PreflightReport:
        """Raises OSError, ValueError, KeyError, TypeError."""
        return cls.from_dict(json.loads(path.read_text("utf-8")))


def stop(field: str, error: LoupeError, changes: Mapping[str, Any] | None = None) -> Finding:
    """An error that the run would end with, said beforehand."""
    return _finding("stop", field, error, changes)


def warn(field: str, error: LoupeError, changes: Mapping[str, Any] | None = None) -> Finding:
    """The same for what would run all the same."""
    return _finding("warn", field, error, changes)


def _finding(
    severity: Severity, where: str, error: LoupeError, changes: Mapping[str, Any] | None
) -> Finding:
    return Finding(
        severity, where, error.message, error.remedy, error.params, error.detail, changes or {}
    )


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each once, stops first, else as they came."""
    once = {(f.field, f.message, str(f)): f for f in findings}
    return tuple(sorted(once.values(), key=lambda f: _ORDER[f.severity]))
