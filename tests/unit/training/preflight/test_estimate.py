from typing import Any

import pytest

from loupe.training.arguments import Plan, make_plan
from loupe.training.preflight.estimate import (
    FEWEST_HELD_OUT,
    FEWEST_STEPS,
    Parts,
    eta_s,
    evaluations,
    fit,
    saves,
)
from loupe.training.spec import Arguments, RunSpec

PARTS = Parts(
    start_s=10.0,
    step_s=0.5,
    evaluation_s=2.0,
    final_evaluation_s=3.0,
    sample_s=0.25,
    save_s=1.0,
)


def spec_of(**args: Any) -> RunSpec:
    return RunSpec.from_dict(
        {
            "name": "test",
            "task": "fill-mask",
            "model": {"checkpoint": "starter:fill-mask-en"},
            "data": {"train": [{"path": "a.txt"}]},
            "args": args,
        }
    )


def counted(plan: Plan, *, held_out: bool) -> float:
    """Step by step, as the loop goes."""
    seconds = PARTS.start_s + PARTS.sample_s + (PARTS.evaluation_s if held_out else 0.0)
    for step in range(1, plan.total_steps + 1):
        seconds += PARTS.step_s
        last = step == plan.total_steps
        looked = held_out and (step % plan.eval_steps == 0 or last)
        saved = step % plan.save_steps == 0 or last
        seconds += (PARTS.evaluation_s + PARTS.sample_s) if looked else 0.0
        seconds += PARTS.save_s if saved else 0.0
        seconds += PARTS.sample_s if saved and not held_out else 0.0
    return seconds + PARTS.sample_s + (PARTS.final_evaluation_s if held_out else 0.0)


@pytest.mark.parametrize("held_out", [True, False])
@pytest.mark.parametrize(
    "args",
    [{}, {"max_steps": 25}, {"max_steps": 25, "eval_steps": 7, "save_steps": 10}, {"max_steps": 1}],
)
def test_the_estimate_counts_what_the_loop_does(args, held_out):
    plan = make_plan(Arguments(**args), 100)
    assert eta_s(plan, PARTS, held_out=held_out) == pytest.approx(counted(plan, held_out=held_out))
    assert evaluations(plan, held_out=False) == 0
    assert saves(plan) >= 1


def test_a_run_that_is_short_enough_is_left_alone():
    assert fit(spec_of(max_steps=20), 100, PARTS, 50, fit_time_s=100.0) is None


@pytest.mark.parametrize("fit_time_s", [40.0, 60.0, 120.0, 300.0])
def test_a_fitted_run_ends_in_time_and_not_far_before(fit_time_s):
    spec = spec_of(max_steps=5000)
    fitted = fit(spec, 1000, PARTS, 0, fit_time_s)
    assert fitted is not None
    changes = fitted.changes
    args = spec.args.model_copy(update={"max_steps": changes["args.max_steps"]})
    assert eta_s(make_plan(args, 1000), PARTS, held_out=False) <= fit_time_s
    more = spec.args.model_copy(update={"max_steps": changes["args.max_steps"] + 1})
    assert eta_s(make_plan(more, 1000), PARTS, held_out=False) > fit_time_s
    assert set(changes) == {"args.max_steps"}
    assert fitted.eta_s == eta_s(make_plan(args, 1000), PARTS, held_out=False)


def test_a_slow_evaluation_gets_fewer_held_out_rows():
    slow = Parts(10.0, 0.5, 20.0, 30.0, 0.1, 0.1)
    fitted = fit(spec_of(max_steps=5000), 1000, slow, 2000, fit_time_s=120.0)
    assert fitted is not None
    changes = fitted.changes
    assert FEWEST_HELD_OUT <= changes["data.max_validation_rows"] < 2000
    assert changes["args.max_steps"] >= FEWEST_STEPS
    assert 0.5 * changes["args.max_steps"] >= 0.25 * 120.0


def test_never_fewer_steps_than_teach_anything():
    fitted = fit(spec_of(max_steps=5000), 1000, PARTS, 2000, fit_time_s=1.0)
    assert fitted is not None
    assert fitted.changes["args.max_steps"] == FEWEST_STEPS
    # And it says how long that takes.
    assert fitted.eta_s > 1.0
