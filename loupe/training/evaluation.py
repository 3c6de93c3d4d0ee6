"""What a model gives on held-out examples: loss summed over targets, predictions cut to length."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from loupe.data.trainable import Evaluation
from loupe.training.losses import IGNORED, SummedLoss
from loupe.training.random_state import apart

Batch = dict[str, Any]

# Columns that some tasks add to their examples, see `Evaluator`.
REFERENCES = "references"
CHARACTERS = "characters"

_LANGUAGE_MODELS = ("AutoModelForCausalLM", "AutoModelForMaskedLM")


@dataclass(frozen=True)
class Evaluator:
    """Evaluates one model on one set of examples, as often as it is asked.

    examples: a `datasets.Dataset` as the task encodes it. Of its columns, `length` puts examples of
    like lengths together; `characters`, where it is there, is summed to target_characters; and
    `references` stands in for the labels of generated text.
    make_collator: a new one each time, so that a masked model sees the same masks each time.
    to_device: moves a batch. stop: whether to give up.
    """

    model: Any
    tokenizer: Any
    auto_class: str
    generates: bool
    examples: Any
    make_collator: Callable[[], Callable[[list[Batch]], Batch]]
    loss: SummedLoss
    batch_size: int
    max_new_tokens: int
    seed: int
    to_device: Callable[[Batch], Batch]
    stop: Callable[[], bool]

    def __call__(self, generate_max_rows: int | None = None) -> Evaluation | None:
        """Evaluate; None where it was asked to stop meanwhile.

        generate_max_rows: predictions and labels are then of so many examples only, spread evenly,
        where text has to be generated, which takes long; the loss is over all in any case.
        """
        with torch.no_grad(), resting(self.model, self.seed):
            return self._run(generate_max_rows)

    def _run(self, generate_max_rows: int | None) -> Evaluation | None:
        chosen = spread(len(self.examples), generate_max_rows if self.generates else None)
        sums = _Sums(len(self.examples))
        collate = self.make_collator()
        for rows in self._batches():
            if self.stop():
                return None
            columns = self.examples[rows]
            values = zip(*columns.values(), strict=True)
            examples = [dict(zip(columns, row, strict=True)) for row in values]
            batch = self.to_device(dict(collate(examples)))
            self._add(sums, rows, batch, set(chosen))
        columns = self.examples.column_names
        labels = self.examples[REFERENCES] if REFERENCES in columns else sums.labels
        return Evaluation(
            predictions=None
            if self.auto_class in _LANGUAGE_MODELS
            else [sums.predictions[row] for row in chosen],
            labels=[labels[row] for row in chosen],
            loss_sum_nats=sums.loss_nats,
            loss_count=sums.count,
            target_characters=sum(self.examples[CHARACTERS][:]) if CHARACTERS in columns else None,
        )

    def _batches(self) -> Iterator[list[int]]:
        """Like lengths together, the longest first: if one does not fit in memory, then at once."""
        lengths = self.examples["length"][:]
        order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
        for start in range(0, len(order), self.batch_size):
            yield order[start : start + self.batch_size]

    def _add(self, sums: _Sums, rows: list[int], batch: Batch, chosen: set[int]) -> None:
        labels = batch.pop("labels")  # (B, T), (B,) or (B, C)
        logits = self.model(**batch)["logits"]
        total, count = self.loss.sum_and_count(logits, labels)
        sums.loss_nats += float(total)
        sums.count += int(count)
        wanted = [i for i, row in enumerate(rows) if row in chosen]
        predictions = self._predictions(batch, logits, wanted)
        # One label a token is padded like the tokens; of a row's classes (B, C) there are always C,
        # also where that happens to be the batch's length.
        a_token = logits.dim() == 3 and not self.generates
        mask = batch.get("attention_mask") if a_token else None
        for i in wanted:
            sums.labels[rows[i]] = _cut(labels[i], mask, i, drop=self.generates)
            sums.predictions[rows[i]] = predictions.get(i)

    def _predictions(self, batch: Batch, logits: torch.Tensor, wanted: list[int]) -> dict[int, Any]:
        if self.auto_class in _LANGUAGE_MODELS or not wanted:
            return {}
        if self.generates:
            return dict(zip(wanted, self._generate(batch, wanted), strict=True))
        mask = batch.get("attention_mask") if logits.dim() == 3 else None
        return {i: _cut(logits[i].float(), mask, i) for i in wanted}

    def _generate(self, batch: Batch, wanted: list[int]) -> list[np.ndarray[Any, Any]]:
        """Greedy; token ids without the start token and the padding after the end."""
        out = self.model.generate(
            input_ids=batch["input_ids"][wanted],
            attention_mask=batch["attention_mask"][wanted],
            max_new_tokens=self.max_new_tokens,
            num_beams=1,
            do_sample=False,
            use_cache=True,
        )
        return [self._trim(row.cpu().numpy()[1:]) for row in out]

    def _trim(self, ids: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        kept = np.flatnonzero(ids != self.tokenizer.pad_token_id)
        return ids[: kept[-1] + 1] if len(kept) else ids[:0]


def spread(size: int, count: int | None) -> list[int]:
    """`count` numbers below `size`, evenly apart and rising; all where count is None or larger.

    The first of a sorted file (short sentences first, say) would not speak for the rest.
    """
    if count is None or count >= size:
        return list(range(size))
    return [(2 * i + 1) * size // (2 * count) for i in range(count)]


@dataclass
class _Sums:
    size: int
    loss_nats: float = 0.0
    count: int = 0
    predictions: list[Any] = field(init=False)
    labels: list[Any] = field(init=False)

    def __post_init__(self) -> None:
        self.predictions = [None] * self.size
        self.labels = [None] * self.size


def _cut(
    values: torch.Tensor, mask: torch.Tensor | None, row: int, *, drop: bool = False
) -> np.ndarray[Any, Any] | int:
    """One row's values as numpy, without padding; a single label as a number."""
    if values.dim() == 0:
        return int(values)
    if mask is not None and mask.dim() == 2 and mask.shape[1] == values.shape[0]:
        values = values[mask[row].bool()]
    if drop:
        values = values[values != IGNORED]
    cut: np.ndarray[Any, Any] = values.cpu().numpy()
    return cut


@contextmanager
def resting(model: Any, seed: int) -> Iterator[None]:
    """Evaluation mode, and nothing drawn from the run's random state."""
    was_training = model.training
    model.eval()
    try:
        with apart(seed):
            yield
    finally:
        model.train(was_training)
