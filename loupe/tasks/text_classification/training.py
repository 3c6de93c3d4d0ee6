"""Text classification's side of a run: one label a text, or any number of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from datasets import Dataset, List, Value

from loupe.data import labels as label_checks
from loupe.data.class_metrics import best_metric, class_metrics
from loupe.data.examples import FLAGS, IDS, Columns, make_examples, mean_loss_nats, only
from loupe.data.outcomes import PROBABILITY_DECIMALS, Classes, ClassRow, LabelRow, Labels
from loupe.data.spec import Role
from loupe.data.trainable import BestMetric, Evaluation, PrepareSettings, Trainable
from loupe.data.truncation import TRUNCATED, tokenize

_LABEL = "label_ids"


class TextClassificationTraining:
    """Softmax over classes, or with multi_label a yes or no for each."""

    task = "text-classification"
    auto_class = "AutoModelForSequenceClassification"
    generates = False

    def find_labels(
        self, train: Dataset, validation: Dataset | None, settings: PrepareSettings
    ) -> tuple[str, ...] | None:
        """See loupe.data.labels.find_labels."""
        return label_checks.find_labels(train, validation, multi_label=settings.multi_label)

    def best_metric(self, train: Dataset, labels: tuple[str, ...] | None) -> BestMetric:
        """See loupe.data.class_metrics.best_metric."""
        assert labels is not None
        multi_label = _is_multi_label(train, labels)
        return best_metric(label_checks.row_labels(train, multi_label=multi_label), labels)

    def encode(
        self,
        rows: Dataset,
        tokenizer: Any,
        settings: PrepareSettings,
        labels: tuple[str, ...] | None,
    ) -> Dataset:
        """One example a row, cut to max_length; the column `truncated` says where that happened.

        labels: a class id, or with multi_label (C,) of 0.0 and 1.0. Rows without text are left out.
        """
        assert labels is not None
        ids_of_labels = label_checks.label_ids(rows, labels, multi_label=settings.multi_label)
        features = {
            "input_ids": IDS,
            "attention_mask": FLAGS,
            "labels": List(Value("float32")) if settings.multi_label else Value("int64"),
            "length": Value("int32"),
            TRUNCATED: Value("bool"),
        }

        def encode(columns: Columns) -> Columns:
            pairs = zip(columns[Role.TEXT.value], columns[_LABEL], strict=True)
            kept = [(text, label) for text, label in pairs if _is_kept(text)]
            if not kept:
                return {name: [] for name in features}
            ids, cut = tokenize(tokenizer, [text for text, _ in kept], settings.max_length)
            return {
                "input_ids": ids,
                "attention_mask": [[1] * len(row) for row in ids],
                "labels": [label for _, label in kept],
                "length": [len(row) for row in ids],
                TRUNCATED: cut,
            }

        return make_examples(rows.add_column(_LABEL, ids_of_labels), encode, features)

    def collator(
        self, tokenizer: Any, settings: PrepareSettings, model: Any
    ) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
        from transformers import DataCollatorWithPadding

        collate = DataCollatorWithPadding(tokenizer)
        return lambda examples: dict(
            collate(only(examples, "input_ids", "attention_mask", "labels"))
        )

    def metrics(
        self, evaluation: Evaluation, tokenizer: Any, labels: tuple[str, ...] | None
    ) -> Mapping[str, float]:
        """loss_nats, accuracy, f1_macro, f1_smallest and f1_NAME of each label."""
        assert labels is not None
        assert evaluation.predictions is not None
        logits = np.stack([np.asarray(row) for row in evaluation.predictions])  # (R, C)
        truth = np.stack([np.asarray(row) for row in evaluation.labels])  # (R,) or (R, C)
        return {"loss_nats": mean_loss_nats(evaluation), **class_metrics(logits, truth, labels)}

    def outcome(
        self,
        evaluation: Evaluation,
        rows: Dataset,
        tokenizer: Any,
        settings: PrepareSettings,
        labels: tuple[str, ...] | None,
    ) -> Classes | Labels:
        """Each row's probabilities: the softmax over its classes, or each label's own sigmoid."""
        assert labels is not None
        assert evaluation.predictions is not None
        texts = [text for text in rows[Role.TEXT.value][:] if _is_kept(text)]
        logits = torch.as_tensor(np.stack(evaluation.predictions), dtype=torch.float64)  # (R, C)
        scores = logits.sigmoid() if settings.multi_label else logits.softmax(dim=-1)
        rounded = scores.numpy().round(PROBABILITY_DECIMALS).tolist()
        found = list(zip(texts, evaluation.labels, map(tuple, rounded), strict=True))
        if settings.multi_label:
            return Labels(labels, tuple(LabelRow(t, _flags(truth), p) for t, truth, p in found))
        return Classes(labels, tuple(ClassRow(t, int(truth), p) for t, truth, p in found))

    def predict_samples(
        self, model: Any, tokenizer: Any, inputs: Sequence[str], settings: PrepareSettings
    ) -> list[dict[str, Any]]:
        """Each input's labels with their probabilities, best first.

        {"input", "labels": [{"label", "probability"}]}
        """
        names = model.config.id2label
        samples = []
        was_training = model.training
        model.eval()
        try:
            for text in inputs:
                ids, _ = tokenize(tokenizer, [text], settings.max_length)
                with torch.inference_mode():
                    batch = torch.tensor(ids, device=model.device)
                    logits = model(input_ids=batch).logits[0].float()  # (C,)
                scores = logits.sigmoid() if settings.multi_label else logits.softmax(-1)
                ranked = sorted(enumerate(scores.tolist()), key=lambda entry: -entry[1])
                samples.append(
                    {
                        "input": text,
                        "labels": [{"label": names[i], "probability": p} for i, p in ranked],
                    }
                )
        finally:
            model.train(was_training)
        return samples


def _is_kept(text: str) -> bool:
    """There is nothing to be learned from an empty text."""
    return bool(text.strip())


def _flags(truth: Any) -> tuple[int, ...]:
    return tuple(int(flag) for flag in np.asarray(truth))


def _is_multi_label(rows: Dataset, labels: Sequence[str]) -> bool:
    """Whether the rows' labels are sets: not all of them are themselves names in `labels`."""
    known = set(labels)
    for value in rows.unique(Role.LABEL.value) if _is_plain(rows) else ():
        if str(int(value) if isinstance(value, float) else value) not in known:
            return True
    return not _is_plain(rows)


def _is_plain(rows: Dataset) -> bool:
    return isinstance(rows.features[Role.LABEL.value], Value)


TRAINABLE: Trainable = TextClassificationTraining()
