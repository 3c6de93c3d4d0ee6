"""A form whose checks take no time, and runs that nothing trains."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from components import resources
from components.fine_tune import check
from loupe.runs.store import RunStore
from loupe.training.preflight import PreflightReport
from loupe.training.spec import RunSpec

GOOD = PreflightReport(
    elapsed_s=3.2,
    device="cpu",
    bf16=False,
    parameters=10_400_000,
    trainable_parameters=10_400_000,
    train_rows=20,
    validation_rows=4,
    examples=20,
    total_steps=30,
    steps_per_epoch=2,
    step_s=0.25,
    evaluation_s=1.0,
    evaluations=10,
    start_s=5.0,
    eta_s=125.0,
    peak_bytes=1 << 30,
    free_bytes=8 << 30,
)


@dataclass
class Preflights:
    """asked: the runs that were tried, each with the time to fit in. answer: what is found."""

    answer: Callable[[RunSpec], PreflightReport] = lambda _spec: GOOD
    asked: list[tuple[RunSpec, float | None]] = field(default_factory=list)

    def __call__(
        self, spec: RunSpec, _places: Any, folder: Path, *, fit_time_s: float | None, **_more: Any
    ) -> PreflightReport:
        assert folder.parent.is_dir()
        self.asked.append((spec, fit_time_s))
        return self.answer(spec)


@pytest.fixture
def preflights(monkeypatch: pytest.MonkeyPatch) -> Preflights:
    found = Preflights()
    monkeypatch.setattr(check, "run_preflight", found)
    return found


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> RunStore:
    """Without the thread that trains."""
    made = RunStore(resources.places())
    monkeypatch.setattr(resources, "runs", lambda: made)
    return made
