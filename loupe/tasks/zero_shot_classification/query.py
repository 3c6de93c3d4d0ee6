"""The question and the answer of zero-shot classification: plain values, no tensors."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from loupe.errors import EmptyText, InvalidInput

TASK = "zero-shot-classification"
# What it asks is a classifier of pairs: whether a premise entails a hypothesis.
AUTO_CLASS = "AutoModelForSequenceClassification"
SCHEMA_VERSION = 1
PLACE = "{}"
DEFAULT_TEMPLATE = "This example is {}."
# Each is a pass of the whole text through the model.
MAX_LABELS = 100


@dataclass(frozen=True, slots=True)
class ZeroShotQuery:
    """One question.

    labels: the candidates, each different. template: a sentence in which PLACE stands for a label.
    multi_label: whether each candidate is right or wrong by itself; else they share the whole.
    """

    text: str
    labels: tuple[str, ...]
    template: str = DEFAULT_TEMPLATE
    multi_label: bool = False

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise EmptyText("There is no text yet.", "Type what is to be classified.")
        if not self.labels:
            raise EmptyText("There are no labels yet.", "Write at least one, one a line.")
        if len(self.labels) > MAX_LABELS:
            raise InvalidInput(
                "There are {count} labels; at most {limit} are compared at once.",
                "The text is read once for each label: keep those that matter.",
                count=len(self.labels),
                limit=MAX_LABELS,
            )
        if not all(label.strip() for label in self.labels):
            raise InvalidInput("One of the labels is empty.", "Write a word or delete its line.")
        twice = [label for i, label in enumerate(self.labels) if label in self.labels[:i]]
        if twice:
            raise InvalidInput(
                "The label “{label}” stands there twice.", "Write it once.", label=twice[0]
            )
        if self.template.count(PLACE) != 1 or _other_braces(self.template):
            raise InvalidInput(
                "The sentence “{template}” does not say where the label belongs.",
                "Write {place} once, where the label is to stand, and no other braces.",
                template=self.template,
                place=PLACE,
            )

    @property
    def each(self) -> bool:
        """Whether every label is judged by itself; a single one has nothing to share with."""
        return self.multi_label or len(self.labels) == 1

    def hypothesis(self, label: str) -> str:
        """The sentence that the text is compared with."""
        return self.template.replace(PLACE, label)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One label. prob: 0 to 1; log_prob: the same in nats; rank: 1 is the most probable.

    entailment, contradiction: the model's raw scores (logits) of these two of its own labels; the
    second is compared with only where labels are judged by themselves. label_probs: (C,), what the
    model says of the pair, in the order of its labels; they sum to 1.
    """

    label: str
    hypothesis: str
    prob: float
    log_prob: float
    rank: int
    entailment: float
    contradiction: float
    label_probs: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ZeroShotResult:
    """The answer: every candidate, the most probable first.

    model_labels: (C,), the checkpoint's own. entailment_id, contradiction_id: which of them are
    compared. checkpoint, revision, dtype, device: what computed it.
    """

    query: ZeroShotQuery
    labels: tuple[Candidate, ...]
    model_labels: tuple[str, ...]
    entailment_id: int
    contradiction_id: int
    checkpoint: str
    revision: str | None
    dtype: str
    device: str
    schema_version: int = SCHEMA_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"task": TASK, **asdict(self)}


def _other_braces(template: str) -> bool:
    rest = template.replace(PLACE, "")
    return "{" in rest or "}" in rest
