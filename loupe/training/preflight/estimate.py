"""How long a run takes, from what its parts took."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from loupe.training.arguments import Plan, make_plan
from loupe.training.spec import RunSpec

# Fewer steps than this teach nothing, however short the time.
FEWEST_STEPS = 10
# Held-out rows that still tell a better checkpoint from a worse one, roughly.
FEWEST_HELD_OUT = 100


@dataclass(frozen=True, slots=True)
class Fitted:
    """changes: dotted field to value. eta_s: how long the run then takes."""

    changes: Mapping[str, Any]
    eta_s: float


@dataclass(frozen=True, slots=True)
class Parts:
    """Seconds of a run's parts.

    start_s: from the process's start to the first look. step_s: a typical optimizer step.
    evaluation_s: while training; final_evaluation_s: at the end, where all texts are written.
    sample_s: predicting the fixed inputs. save_s: one checkpoint.
    """

    start_s: float
    step_s: float
    evaluation_s: float
    final_evaluation_s: float
    sample_s: float
    save_s: float


def evaluations(plan: Plan, *, held_out: bool) -> int:
    """How often held-out rows are looked at while training: at first, then, and after the last."""
    return 1 + math.ceil(plan.total_steps / plan.eval_steps) if held_out else 0


def saves(plan: Plan) -> int:
    """Checkpoints that are written, the last included."""
    return math.ceil(plan.total_steps / plan.save_steps)


def eta_s(plan: Plan, parts: Parts, *, held_out: bool) -> float:
    """From the process's start to its end; without early stopping."""
    looks = evaluations(plan, held_out=held_out)
    # Samples come before and after training, and with each evaluation after the first; without
    # any with each checkpoint.
    samples = 2 + (looks - 1 if held_out else saves(plan))
    return (
        parts.start_s
        + plan.total_steps * parts.step_s
        + looks * parts.evaluation_s
        + (parts.final_evaluation_s if held_out else 0.0)
        + samples * parts.sample_s
        + saves(plan) * parts.save_s
    )


def fit(
    spec: RunSpec, examples: int, parts: Parts, validation_rows: int, fit_time_s: float
) -> Fitted | None:
    """Changes after which the run ends within `fit_time_s`; None where it does already.

    Fewer steps, and where even these leave no time fewer held-out rows. Never below FEWEST_STEPS
    and FEWEST_HELD_OUT: then it takes longer, and the estimate says so.
    """
    held_out = validation_rows > 0
    if eta_s(make_plan(spec.args, examples), parts, held_out=held_out) <= fit_time_s:
        return None
    found: Fitted | None = None
    for rows in _fewer(validation_rows):
        share = rows / validation_rows if validation_rows else 0.0
        cheaper = _with_rows(parts, share)
        steps = _steps_within(spec, examples, cheaper, fit_time_s, held_out=held_out)
        changes: dict[str, Any] = {"args.max_steps": steps}
        if rows < validation_rows:
            changes["data.max_validation_rows"] = rows
        args = spec.args.model_copy(update={"max_steps": steps})
        found = Fitted(changes, eta_s(make_plan(args, examples), cheaper, held_out=held_out))
        # Half of the time or more should be training.
        if steps * cheaper.step_s >= 0.5 * (fit_time_s - cheaper.start_s):
            break
    return found


def _fewer(validation_rows: int) -> list[int]:
    """All of them, then half as often as it is possible."""
    rows, found = validation_rows, [validation_rows]
    while rows // 2 >= FEWEST_HELD_OUT:
        rows //= 2
        found.append(rows)
    return found


def _with_rows(parts: Parts, share: float) -> Parts:
    return Parts(
        parts.start_s,
        parts.step_s,
        parts.evaluation_s * share,
        parts.final_evaluation_s * share,
        parts.sample_s,
        parts.save_s,
    )


def _steps_within(
    spec: RunSpec, examples: int, parts: Parts, fit_time_s: float, *, held_out: bool
) -> int:
    """The most steps that end in time, by halving; the time grows with the steps."""

    def ends_in_time(steps: int) -> bool:
        args = spec.args.model_copy(update={"max_steps": steps})
        return eta_s(make_plan(args, examples), parts, held_out=held_out) <= fit_time_s

    least, most = FEWEST_STEPS, make_plan(spec.args, examples).total_steps
    while most - least > 1:
        middle = (least + most) // 2
        if ends_in_time(middle):
            least = middle
        else:
            most = middle
    return min(least, most)
