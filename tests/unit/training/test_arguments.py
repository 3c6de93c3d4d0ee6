from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar

import pytest
import torch

from loupe.data.trainable import BestMetric
from loupe.errors import InvalidInput
from loupe.training.arguments import make_plan, training_arguments
from loupe.training.order import SeededOrder
from loupe.training.precision import use_bf16
from loupe.training.spec import Arguments


@pytest.mark.parametrize(
    ("settings", "examples", "steps", "per_epoch"),
    [
        ({"num_train_epochs": 2, "per_device_train_batch_size": 8}, 17, 6, 3),
        (
            {
                "num_train_epochs": 1,
                "per_device_train_batch_size": 2,
                "gradient_accumulation_steps": 4,
            },
            17,
            3,
            3,
        ),
        ({"num_train_epochs": 0.5, "per_device_train_batch_size": 1}, 7, 4, 7),
        ({"max_steps": 50}, 4, 50, 1),
    ],
)
def test_steps_are_counted_as_trainer_does(settings, examples, steps, per_epoch):
    plan = make_plan(Arguments(**settings), examples)
    assert (plan.total_steps, plan.steps_per_epoch) == (steps, per_epoch)


def test_a_run_of_fifty_steps_shows_a_curve():
    plan = make_plan(Arguments(max_steps=50), 100)
    assert (plan.logging_steps, plan.eval_steps, plan.save_steps) == (1, 5, 5)


def test_a_run_of_one_step_reports_it():
    plan = make_plan(Arguments(max_steps=1), 1)
    assert (plan.logging_steps, plan.eval_steps, plan.save_steps) == (1, 1, 1)


def test_what_is_given_is_kept():
    settings: dict[str, Any] = {
        "max_steps": 90,
        "logging_steps": 7,
        "eval_steps": 11,
        "save_steps": 13,
    }
    plan = make_plan(Arguments(**settings), 5)
    assert (plan.logging_steps, plan.eval_steps, plan.save_steps) == (7, 11, 13)


def test_trainings_own_defaults_are_set_right(make_spec, tmp_path):
    spec = make_spec(args={"label_smoothing_factor": 0.1})
    plan = make_plan(spec.args, 20)
    best = BestMetric("loss_nats", greater_is_better=False)
    made = training_arguments(
        spec, plan, tmp_path, device="cpu", bf16=False, best=best, resumed=False
    )
    assert made.logging_nan_inf_filter is False
    assert made.label_smoothing_factor == 0, "smoothed in our loss, once"
    assert made.report_to == []
    assert made.eval_on_start
    assert made.train_sampling_strategy == "group_by_length"
    assert made.n_gpu <= 1
    bare = training_arguments(
        spec, plan, tmp_path, device="cpu", bf16=False, best=None, resumed=True
    )
    assert (bare.eval_strategy, bare.eval_on_start) == ("no", False)


def test_bf16_is_what_is_asked_or_what_the_hardware_has(monkeypatch):
    assert use_bf16(True, "cpu") is True
    assert use_bf16(False, "cpu") is False
    for probe in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, probe, lambda: False)
    assert use_bf16("auto", "cpu") is False
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    assert use_bf16("auto", "cpu") is True
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda **_: False)
    assert use_bf16("auto", "cuda") is False
    with pytest.raises(InvalidInput, match="bf16"):
        use_bf16(True, "cuda")


class TestOrder:
    lengths: ClassVar[list[int]] = [i % 13 + 1 for i in range(200)]

    def order(self, seed: int = 0, epoch: int = 0, lengths: bool = True) -> list[int]:
        given = self.lengths if lengths else None
        return list(SeededOrder(200, given, 8, seed, lambda: epoch))

    @pytest.mark.parametrize("lengths", [True, False])
    def test_each_epoch_holds_every_example_once_in_an_order_of_its_own(self, lengths):
        orders = [self.order(epoch=epoch, lengths=lengths) for epoch in range(3)]
        assert all(sorted(order) == list(range(200)) for order in orders)
        assert len({tuple(order) for order in orders}) == 3

    def test_the_processes_random_state_has_no_part_in_it(self):
        torch.manual_seed(1)
        first, state = self.order(), torch.random.get_rng_state()
        torch.manual_seed(2)
        assert self.order() == first
        torch.manual_seed(1)
        assert torch.equal(torch.random.get_rng_state(), state)

    def test_seeds_differ(self):
        assert self.order(seed=1) != self.order(seed=2)
        assert self.order(seed=1, epoch=0) != self.order(seed=0, epoch=1)

    def test_steps_have_like_lengths(self):
        order = self.order()
        spread = [
            max(batch) - min(batch)
            for start in range(0, 192, 8)
            for batch in [[self.lengths[i] for i in order[start : start + 8]]]
        ]
        assert sum(spread) / len(spread) < 2

    def test_steps_go_neither_up_nor_down_in_length_and_the_longest_is_first(self):
        lengths = [self.lengths[i] for i in self.order()]
        steps = [max(lengths[start : start + 8]) for start in range(0, 192, 8)]
        assert steps[0] == max(lengths), "what does not fit in memory is known at once"
        falls = sum(a > b for a, b in pairwise(steps))
        rises = sum(a < b for a, b in pairwise(steps))
        assert min(falls, rises) > len(steps) / 5

    @pytest.mark.parametrize("count", [1, 7, 8, 9, 16, 17])
    def test_few_examples_all_come(self, count):
        order = list(SeededOrder(count, self.lengths[:count], 8, 0, lambda: 0))
        assert sorted(order) == list(range(count))
