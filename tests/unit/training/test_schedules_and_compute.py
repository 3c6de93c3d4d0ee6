"""Learning rates step by step, and what a training costs."""

from __future__ import annotations

import pytest

from loupe.training.compute import measured_flops_per_s, training_flops
from loupe.training.schedules import rates


def test_the_linear_schedule_rises_and_falls_as_its_formula_says():
    steps, warmup = 20, 4
    expected = [
        step / warmup if step < warmup else (steps - step) / (steps - warmup)
        for step in range(steps)
    ]
    assert rates("linear", steps, warmup, peak=1.0) == pytest.approx(expected)
    assert rates("linear", steps, warmup, peak=3e-4) == pytest.approx([3e-4 * r for r in expected])


def test_a_constant_rate_stays():
    assert rates("constant", 5, 0) == (1.0,) * 5
    assert rates("constant_with_warmup", 6, 2)[2:] == (1.0,) * 4


def test_gpt_3_costs_what_its_authors_say():
    # 3.14e23, table D.1 of Brown et al. 2020.
    assert training_flops(175e9, 300e9) == pytest.approx(3.14e23, rel=0.01)


def test_the_machine_does_something_in_a_second():
    assert 1e8 < measured_flops_per_s(size=128, repeats=3) < 1e15
