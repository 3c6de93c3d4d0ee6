"""All that is wrong with a run is said at once, each fault with its field."""

from __future__ import annotations

from typing import Any

import pytest

from loupe.training.faults import read_spec

GOOD: dict[str, Any] = {
    "name": "run",
    "task": "fill-mask",
    "model": {"checkpoint": "starter:fill-mask-en"},
    "data": {"train": [{"path": "sample:small-texts", "columns": {"text": "text"}}]},
}
SCRATCH = {"family": "bert", "hidden_size": 64, "num_attention_heads": 4}


def faults_of(**changes: Any) -> dict[str, str]:
    spec, findings = read_spec({**GOOD, **changes})
    assert (spec is None) == bool(findings)
    assert all(finding.severity == "stop" for finding in findings)
    return {finding.field: str(finding) for finding in findings}


def test_a_good_run_has_none() -> None:
    assert faults_of() == {}


def test_all_faults_are_said_at_once() -> None:
    found = faults_of(
        name="no spaces",
        max_length=1,
        args={"learning_rate": -1.0, "num_train_epochs": None, "per_device_train_batch_size": 1.5},
    )
    assert set(found) == {
        "name",
        "max_length",
        "args.learning_rate",
        "args.num_train_epochs",
        "args.per_device_train_batch_size",
    }


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"args": {"learning_rate": 0.0}}, "args.learning_rate", "above 0"),
        ({"args": {"learning_rate": None}}, "args.learning_rate", "empty"),
        ({"args": {"num_train_epochs": float("nan")}}, "args.num_train_epochs", "above 0"),
        ({"args": {"max_steps": 1.5}}, "args.max_steps", "whole number"),
        ({"args": {"logging_steps": 0}}, "args.logging_steps", "at least 1"),
        ({"args": {"bf16": "often"}}, "args.bf16", "boolean"),
        ({"args": {"adam_beta1": 2.0}}, "args.adam_beta1", "at most 1"),
        ({"mlm_probability": 1.0}, "mlm_probability", "below 1"),
        ({"mask_replace_prob": 0.9, "random_replace_prob": 0.2}, "mask_replace_prob", "than 1"),
        ({"class_weights": "balanced"}, "class_weights", "no meaning"),
        ({"multi_label": True}, "multi_label", "no meaning"),
        (
            {"task": "text-classification", "class_weights": {"a": "much"}},
            "class_weights",
            "number",
        ),
        ({"task": "text-classification", "class_weights": {"a": 0}}, "class_weights", "above 0"),
        ({"model": {"checkpoint": "a b"}}, "model.checkpoint", "not the name of a checkpoint"),
        ({"model": {"checkpoint": None}}, "model.checkpoint", "checkpoint"),
        ({"model": {"checkpoint": "a", "lora": {"r": 0}}}, "model.lora.r", "at least 1"),
        (
            {"model": {"checkpoint": "a", "lora": {}, "freeze_layers": 1}},
            "model.freeze_layers",
            "lora",
        ),
        (
            {"model": {"scratch": {**SCRATCH, "hidden_size": 63}, "tokenizer": {}}},
            "model.scratch.hidden_size",
            "multiple",
        ),
        (
            {"model": {"scratch": SCRATCH, "tokenizer": {"vocab_size": 9}}},
            "model.tokenizer.vocab_size",
            "300",
        ),
        (
            {"model": {"scratch": {**SCRATCH, "family": "t5"}, "tokenizer": {}}},
            "model.scratch.family",
            "bert",
        ),
        (
            {"model": {"scratch": SCRATCH, "tokenizer": {"checkpoint": "a b"}}},
            "model.tokenizer.checkpoint",
            "not the name of a checkpoint",
        ),
        ({"data": {"train": []}}, "data.train", "empty"),
        (
            {"data": {"train": [{"path": "x", "columns": {"text": None}}]}},
            "data.train.0.columns.text",
            "string",
        ),
        ({"data": {**GOOD["data"], "holdout": 1.0}}, "data.holdout", "below 1"),
        ({"data": {**GOOD["data"], "max_train_rows": 0}}, "data.max_train_rows", "at least 1"),
        ({"early_stopping_patience": 0}, "early_stopping_patience", "at least 1"),
        ({"card": {"limit": "x"}}, "card", "Extra"),
    ],
)
def test_a_fault_names_its_field_and_no_other(
    changes: dict[str, Any], field: str, words: str
) -> None:
    found = faults_of(**changes)
    assert list(found) == [field]
    assert words in found[field]
