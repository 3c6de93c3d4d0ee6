"""Two small tasks for the loop's tests, so that these do not depend on the real ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from datasets import Dataset

from loupe.data.outcomes import Outcome
from loupe.data.trainable import BestMetric, Evaluation, PrepareSettings
from tests.tiny_models import SENTENCES

LABELS = ("no", "yes")
TEXTS = tuple(sentence for sentence in SENTENCES if sentence.isascii()) * 4


def text_rows(_spec: Any, _places: Any) -> tuple[Dataset, Dataset]:
    texts = [f"{i} {text}" for i, text in enumerate(TEXTS)]
    return Dataset.from_dict({"text": texts}), Dataset.from_dict({"text": list(SENTENCES[:4])})


def labelled_rows(_spec: Any, _places: Any) -> tuple[Dataset, Dataset]:
    texts = [f"{'good' if i % 2 else 'bad'} {text}" for i, text in enumerate(TEXTS)]
    rows = Dataset.from_dict({"text": texts, "label": [i % 2 for i in range(len(texts))]})
    return rows, rows.select(range(6))


class FakeCausal:
    """Next tokens; judged by loss alone."""

    task = "text-generation"
    auto_class = "AutoModelForCausalLM"
    generates = False

    def find_labels(self, train: Any, validation: Any, settings: PrepareSettings) -> Any:
        return None

    def best_metric(self, train: Any, labels: Any) -> BestMetric:
        return BestMetric("loss_nats", greater_is_better=False)

    def encode(self, rows: Any, tokenizer: Any, settings: PrepareSettings, labels: Any) -> Any:
        encoded = [
            tokenizer(text, truncation=True, max_length=settings.max_length)["input_ids"]
            for text in rows["text"]
        ]
        made = {
            "input_ids": encoded,
            "attention_mask": [[1] * len(ids) for ids in encoded],
            "length": [len(ids) for ids in encoded],
        }
        return Dataset.from_dict({**made, **self.targets(rows, encoded)})

    def targets(self, rows: Any, encoded: list[list[int]]) -> dict[str, Any]:
        return {"labels": encoded}

    def collator(self, tokenizer: Any, settings: PrepareSettings, model: Any) -> Any:
        return lambda rows: collate(rows, tokenizer.pad_token_id)

    def metrics(self, evaluation: Evaluation, tokenizer: Any, labels: Any) -> dict[str, float]:
        return {"loss_nats": evaluation.loss_sum_nats / evaluation.loss_count}

    def outcome(
        self, evaluation: Evaluation, rows: Any, tokenizer: Any, settings: Any, labels: Any
    ) -> Outcome | None:
        return None

    def predict_samples(
        self, model: Any, tokenizer: Any, inputs: Any, settings: PrepareSettings
    ) -> list[dict[str, Any]]:
        assert not model.training
        # Drawn from the process's random state, which must not be the run's.
        return [{"input": text, "drawn": float(torch.rand(()))} for text in inputs]


class FakeClassification(FakeCausal):
    """Two labels a text."""

    task = "text-classification"
    auto_class = "AutoModelForSequenceClassification"

    def find_labels(self, train: Any, validation: Any, settings: PrepareSettings) -> Any:
        return LABELS

    def best_metric(self, train: Any, labels: Any) -> BestMetric:
        return BestMetric("accuracy", greater_is_better=True)

    def targets(self, rows: Any, encoded: list[list[int]]) -> dict[str, Any]:
        return {"labels": list(rows["label"])}

    def metrics(self, evaluation: Evaluation, tokenizer: Any, labels: Any) -> dict[str, float]:
        assert evaluation.predictions is not None
        guesses = [int(np.argmax(logits)) for logits in evaluation.predictions]
        right = np.mean(np.array(guesses) == np.array(evaluation.labels))
        return {**super().metrics(evaluation, tokenizer, labels), "accuracy": float(right)}


def collate(rows: list[dict[str, Any]], pad: int) -> dict[str, Any]:
    longest = max(len(row["input_ids"]) for row in rows)

    def padded(name: str, value: int) -> torch.Tensor:
        return torch.tensor([row[name] + [value] * (longest - len(row[name])) for row in rows])

    batch = {
        "input_ids": padded("input_ids", pad),
        "attention_mask": padded("attention_mask", 0),
    }
    if isinstance(rows[0]["labels"], list):
        return {**batch, "labels": padded("labels", -100)}
    return {**batch, "labels": torch.tensor([row["labels"] for row in rows])}
