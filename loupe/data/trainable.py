"""What a task gives to training: how its rows become examples, and how its answers are judged.

Each task implements `Trainable` in its own package (`loupe/tasks/NAME/training.py`) and knows no
other task; the training loop knows no task.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from loupe.data.outcomes import Outcome


@dataclass(frozen=True, slots=True)
class PrepareSettings:
    """How rows become examples; the fields of RunSpec of the same names."""

    max_length: int = 128
    max_target_length: int = 128
    mlm_probability: float = 0.15
    mask_replace_prob: float = 0.8
    random_replace_prob: float = 0.1
    packing: bool = False
    prefix: str = ""
    multi_label: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class BestMetric:
    """By which number checkpoints are compared. name: a key of what `metrics` gives."""

    name: str
    greater_is_better: bool


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a model gave on held-out examples, as the loop collects it.

    predictions: one entry an example, cut to its own length, as numpy arrays: logits (C,) for text
    classification, (T, C) for token classification; generated token ids (T,) for seq2seq; None for
    language models, which are judged by loss alone. labels: the examples' labels, likewise.
    loss_sum_nats: over all target tokens (or rows). loss_count: how many those are.
    target_characters: of the target tokens' text, where it is known; for bits per character.
    """

    predictions: Sequence[Any] | None
    labels: Sequence[Any]
    loss_sum_nats: float
    loss_count: int
    target_characters: int | None = None


class Trainable(Protocol):
    """One task's side of a run. Rows are `datasets.Dataset`s whose columns are named by Role."""

    task: str
    auto_class: str
    # Whether `metrics` wants generated ids (seq2seq) instead of logits.
    generates: bool

    def find_labels(
        self, train: Any, validation: Any | None, settings: PrepareSettings
    ) -> tuple[str, ...] | None:
        """The labels in a fixed order; None where the task has none.

        Raises InvalidInput that names row and value for labels that cannot be learned: missing,
        fractions, ids out of range, a label that only the held-out rows have, a single class.
        """
        ...

    def best_metric(self, train: Any, labels: tuple[str, ...] | None) -> BestMetric:
        """The metric fit for these data: where classes are unbalanced not accuracy, say."""
        ...

    def encode(
        self,
        rows: Any,
        tokenizer: Any,
        settings: PrepareSettings,
        labels: tuple[str, ...] | None,
    ) -> Any:
        """A `datasets.Dataset` with input_ids, attention_mask, length, and labels where fixed.

        Raises InvalidInput where nothing is left of the rows.
        """
        ...

    def collator(
        self, tokenizer: Any, settings: PrepareSettings, model: Any
    ) -> Callable[[list[dict[str, Any]]], dict[str, Any]]:
        """Examples to one padded batch of tensors, padded to its own longest row."""
        ...

    def metrics(
        self, evaluation: Evaluation, tokenizer: Any, labels: tuple[str, ...] | None
    ) -> Mapping[str, float]:
        """Numbers by name, `loss_nats` always among them."""
        ...

    def outcome(
        self,
        evaluation: Evaluation,
        rows: Any,
        tokenizer: Any,
        settings: PrepareSettings,
        labels: tuple[str, ...] | None,
    ) -> Outcome | None:
        """What the model said of each held-out row; None for tasks that are judged by loss alone.

        evaluation: of all examples that `encode` made of `rows`, in their order.
        """
        ...

    def predict_samples(
        self, model: Any, tokenizer: Any, inputs: Sequence[str], settings: PrepareSettings
    ) -> list[dict[str, Any]]:
        """What the model makes of fixed inputs: plain values for samples.jsonl."""
        ...
