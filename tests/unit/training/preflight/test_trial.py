from types import SimpleNamespace
from typing import Any

import pytest
import torch
from datasets import Dataset

from loupe.training.losses import LossKind, SummedLoss
from loupe.training.preflight.trial import (
    Trial,
    count_flops,
    ignores_num_items,
    longest_batch,
    typical_batches,
)
from loupe.training.spec import Arguments
from tests.tiny_models import make_tiny

WIDTH, CLASSES, ROWS = 24, 5, 6


class Linear(torch.nn.Module):
    """Logits (B, C) of inputs (B, W)."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(WIDTH, CLASSES)
        self.config = SimpleNamespace()

    def forward(self, inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"logits": self.layer(inputs)}


def make_trial() -> Trial:
    def collate(examples: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "inputs": torch.stack([torch.full((WIDTH,), float(e["x"])) for e in examples]),
            "labels": torch.tensor([e["x"] % CLASSES for e in examples]),
        }

    return Trial(Linear(), collate, SummedLoss(LossKind.ROWS), Arguments(), "cpu", False)


EXAMPLES = [{"x": i} for i in range(ROWS)]


def test_flops_of_a_linear_layer_are_counted_as_by_hand():
    # A multiply-add is two operations: once forward, once for the weight's gradient. The inputs
    # need no gradient, and the bias no product.
    assert count_flops(make_trial(), EXAMPLES) == 2 * (2 * ROWS * WIDTH * CLASSES)


def test_steps_on_trial_leave_the_weights_as_they_are():
    trial = make_trial()
    before = {name: value.clone() for name, value in trial.model.state_dict().items()}
    took = trial.step([EXAMPLES, EXAMPLES])
    assert all(torch.equal(value, before[name]) for name, value in trial.model.state_dict().items())
    assert all(parameter.grad is None for parameter in trial.model.parameters())
    assert took.of(3) == pytest.approx(3 * took.batch_s + took.optimizer_s)
    assert took.batch_s > 0


def test_a_step_holds_the_state_that_adamw_keeps():
    trial = make_trial()
    trial.step([EXAMPLES])
    assert trial._optimizer is not None
    states = list(trial._optimizer.state.values())
    assert len(states) == len(list(trial.model.parameters()))
    assert all({"exp_avg", "exp_avg_sq"} <= set(state) for state in states)
    trial.forget()
    assert trial._optimizer is None


def test_the_longest_batch_counts_the_text_to_be_written_too():
    lengths = [3, 9, 1, 7]
    examples = Dataset.from_dict({"length": lengths, "id": [0, 1, 2, 3]})
    assert [e["id"] for e in longest_batch(examples, 2)] == [1, 3]
    pairs = Dataset.from_dict(
        {
            "length": lengths,
            "id": [0, 1, 2, 3],
            "labels": [[1], [1], [1] * 20, [1]],
            "target_truncated": [False] * 4,
        }
    )
    assert [e["id"] for e in longest_batch(pairs, 2)] == [2, 1]


def test_typical_batches_go_from_short_to_long_and_are_batches_of_the_run():
    lengths = [(i * 37) % 50 + 1 for i in range(200)]
    examples = Dataset.from_dict({"length": lengths, "id": list(range(200))})
    args = Arguments(per_device_train_batch_size=8)
    batches = typical_batches(examples, args, grouped=True, count=5)
    longest = [max(e["length"] for e in batch) for batch in batches]
    assert [len(batch) for batch in batches] == [8] * 5
    assert longest == sorted(longest)
    assert longest[0] < longest[-1]


@pytest.mark.parametrize(("kind", "ignored"), [("bert", True), ("t5", True), ("gpt2", False)])
def test_it_is_found_whether_a_head_ignores_the_steps_targets(kind, ignored, tmp_path):
    import transformers

    names = {"bert": "MaskedLM", "t5": "Seq2SeqLM", "gpt2": "CausalLM"}
    auto = getattr(transformers, f"AutoModelFor{names[kind]}")
    model = auto.from_pretrained(make_tiny(kind, tmp_path / kind)).train()
    ids = torch.tensor([[5, 6, 7, 8], [9, 10, 11, 12]])
    assert ignores_num_items(model, {"input_ids": ids, "labels": ids}) is ignored
    assert model.training


def test_a_head_without_a_loss_is_not_judged():
    model = Linear()
    assert ignores_num_items(model, {"inputs": torch.ones(2, WIDTH)}) is None
