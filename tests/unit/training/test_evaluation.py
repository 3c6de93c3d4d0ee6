from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset

from loupe.data.trainable import BestMetric, Evaluation
from loupe.training.arguments import Plan
from loupe.training.evaluation import Evaluator, spread
from loupe.training.loop import Watch, patience_spent
from loupe.training.losses import IGNORED, LossKind, SummedLoss
from tests.unit.training.fake_tasks import collate

CLASSES = 4


class Echo(torch.nn.Module):
    """Its logits say the id itself, so that a prediction shows which token it is of."""

    def forward(self, input_ids: Any, attention_mask: Any) -> dict[str, Any]:
        assert not self.training
        logits = torch.nn.functional.one_hot(input_ids, CLASSES).float() * 9
        return {"logits": logits}

    def generate(self, input_ids: Any, max_new_tokens: int, **_more: Any) -> Any:
        """The start token, the source, an end (3) and padding (0)."""
        start = torch.zeros(len(input_ids), 1, dtype=torch.long)
        return torch.cat([start, input_ids, start + 3, start, start], dim=1)[
            :, : max_new_tokens + 1
        ]


def evaluator(examples: dict[str, Any], **changes: Any) -> Evaluator:
    lengths = [len(ids) for ids in examples["input_ids"]]
    masks = [[1] * length for length in lengths]
    defaults: dict[str, Any] = {
        "model": Echo().train(),
        "tokenizer": SimpleNamespace(pad_token_id=0),
        "auto_class": "AutoModelForTokenClassification",
        "generates": False,
        "examples": Dataset.from_dict({**examples, "length": lengths, "attention_mask": masks}),
        "make_collator": lambda: lambda rows: collate(rows, 0),
        "loss": SummedLoss(LossKind.TOKENS),
        "batch_size": 2,
        "max_new_tokens": 9,
        "seed": 0,
        "to_device": lambda batch: batch,
        "stop": lambda: False,
    }
    return Evaluator(**{**defaults, **changes})


IDS = [[1, 2], [3, 3, 2, 1], [2], [1, 2, 3]]


def evaluate(examples: dict[str, Any], limit: int | None = None, **changes: Any) -> Evaluation:
    found = evaluator(examples, **changes)(limit)
    assert found is not None
    return found


@pytest.mark.parametrize("batch_size", [1, 2, 3, 10])
def test_predictions_are_cut_to_their_length_and_in_the_examples_order(batch_size):
    found = evaluate({"input_ids": IDS, "labels": IDS}, batch_size=batch_size)
    assert found.predictions is not None
    assert [np.argmax(logits, -1).tolist() for logits in found.predictions] == IDS
    assert [label.tolist() for label in found.labels] == IDS
    assert found.loss_count == 10


def test_the_loss_is_a_sum_over_targets():
    labels = [[1, IGNORED], [IGNORED] * 4, [0], [1, 2, 3]]
    found = evaluate({"input_ids": IDS, "labels": labels})
    right = float(torch.tensor([9.0, 0, 0, 0]).logsumexp(0)) - 9
    assert found.loss_count == 5
    assert found.loss_sum_nats == pytest.approx(4 * right + (right + 9), abs=1e-5)
    assert found.labels[1].tolist() == [IGNORED] * 4, "one label a token, also where it is none"


class Whole(torch.nn.Module):
    """One row of CLASSES logits a text."""

    def forward(self, input_ids: Any, attention_mask: Any) -> dict[str, Any]:
        return {"logits": torch.zeros(len(input_ids), CLASSES)}


def test_the_labels_of_a_text_are_not_cut_where_there_are_as_many_as_tokens():
    # The longest text has CLASSES tokens, so labels (B, C) look like labels (B, T).
    labels = [[1.0, 0.0, 1.0, 1.0]] * len(IDS)
    found = evaluate(
        {"input_ids": IDS, "labels": labels},
        model=Whole(),
        auto_class="AutoModelForSequenceClassification",
        loss=SummedLoss(LossKind.MULTI_LABEL),
        batch_size=len(IDS),
    )
    assert [label.tolist() for label in found.labels] == labels
    assert found.predictions is not None
    assert [len(logits) for logits in found.predictions] == [CLASSES] * len(IDS)


def test_generated_text_has_no_start_and_no_padding():
    labels = [[1, 2], [3, 3, 2, 1], [2], [1, 2, 3]]
    found = evaluate(
        {"input_ids": IDS, "labels": labels},
        auto_class="AutoModelForSeq2SeqLM",
        generates=True,
        batch_size=1,
    )
    assert found.predictions is not None
    assert [ids.tolist() for ids in found.predictions] == [[*ids, 3] for ids in IDS]
    assert [label.tolist() for label in found.labels] == labels


def test_only_some_rows_are_written_out_and_all_carry_loss():
    examples = {"input_ids": IDS, "labels": IDS, "references": [["a"], ["b", "c"], ["d"], ["e"]]}
    found = evaluate(
        examples,
        limit=2,
        auto_class="AutoModelForSeq2SeqLM",
        generates=True,
        make_collator=lambda: lambda rows: collate(rows, 0),
    )
    assert found.predictions is not None
    written = [
        ids.tolist()[: len(IDS[i])] for i, ids in zip((1, 3), found.predictions, strict=True)
    ]
    assert written == [IDS[1], IDS[3]]
    assert list(found.labels) == [["b", "c"], ["e"]], "texts, where the task keeps them"
    assert found.loss_count == 10


def test_some_rows_are_spread_over_a_sorted_file():
    assert spread(10, 5) == [1, 3, 5, 7, 9]
    assert spread(1000, 3) == [166, 500, 833]
    assert spread(3, 7) == spread(3, None) == [0, 1, 2]
    assert spread(0, 4) == []


def test_what_is_not_generated_is_never_limited():
    found = evaluate({"input_ids": IDS, "labels": IDS}, limit=2)
    assert found.predictions is not None
    assert len(found.predictions) == len(found.labels) == 4
    assert all(logits is not None for logits in found.predictions)


def test_a_language_model_is_judged_by_loss_and_characters():
    examples = {"input_ids": IDS, "labels": IDS, "characters": [1, 2, 3, 4]}
    found = evaluate(examples, auto_class="AutoModelForCausalLM", loss=SummedLoss(LossKind.CAUSAL))
    assert found.predictions is None
    assert found.target_characters == 10
    assert found.loss_count == 6, "the first token of a row is no target"


def test_it_gives_up_when_asked_and_leaves_the_model_as_it_was():
    asked = iter([False, True])
    judge = evaluator({"input_ids": IDS, "labels": IDS}, stop=lambda: next(asked))
    assert judge() is None
    assert judge.model.training


def test_it_draws_nothing_from_the_runs_random_state():
    def make_collator() -> Any:
        torch.rand(3)
        return lambda rows: collate(rows, 0)

    state = torch.random.get_rng_state()
    evaluate({"input_ids": IDS, "labels": IDS}, make_collator=make_collator)
    assert torch.equal(torch.random.get_rng_state(), state)


@pytest.mark.parametrize(
    ("steps", "best_step", "patience", "spent"),
    [
        ([0, 5, 10], 10, 1, False),
        ([0, 5, 10, 15], 10, 1, True),
        ([0, 5, 10, 15], 10, 2, False),
        ([0, 5, 10, 15, 20], 10, 2, True),
        # The same evaluation twice in the history, as after a resume, is one.
        ([0, 5, 10, 15, 15], 10, 2, False),
        ([0, 5, 10, 15], 10, None, False),
        ([0], None, 1, False),
    ],
)
def test_patience_is_read_off_the_history(steps, best_step, patience, spent):
    history = [{"eval_f1": 0.1, "step": step} for step in steps] + [{"loss": 1.0, "step": 99}]
    best = BestMetric("f1", greater_is_better=True)
    assert patience_spent(history, best_step, best, patience) is spent


def test_what_remains_is_reckoned_by_steps_and_by_pauses_each(monkeypatch):
    plan = Plan(100, 100, logging_steps=2, eval_steps=20, save_steps=50)
    none: Any = None
    watch = Watch(
        folder=none,
        events=none,
        stop=none,
        plan=plan,
        counter=none,
        during=none,
        best=BestMetric("f1", True),
        evaluate=none,
        sample=none,
    )
    # 46 s of evaluation before the first step, which takes 2 s.
    watch.started_s, watch.paused_s, watch.pauses = 0.0, 46.0, 1
    monkeypatch.setattr("time.monotonic", lambda: 48.0)
    assert watch.remaining_s(done=1, left=99) == 99 * 2 + 5 * 46
    assert watch.remaining_s(done=1, left=0) == 0
    watch.best = None
    assert watch.remaining_s(done=1, left=99) == 99 * 2 + 2 * 46
