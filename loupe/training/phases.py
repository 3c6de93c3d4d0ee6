"""What a run does at a moment, in words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    STARTING = "starting"
    READING = "reading data"
    PREPARING = "preparing model and examples"
    TRAINING = "training"
    EVALUATING = "evaluating"
    SAMPLING = "predicting samples"
    SAVING = "saving a checkpoint"
    JUDGING = "judging the best checkpoint"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a run stands. step: optimizer steps done; total_steps: None before that is known."""

    phase: Phase
    step: int
    total_steps: int | None
