"""The question and the answer of text classification: plain values, no tensors."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from loupe.errors import EmptyText

TASK = "text-classification"
AUTO_CLASS = "AutoModelForSequenceClassification"
SCHEMA_VERSION = 1

# What transformers calls labels that nobody has named.
_UNNAMED = re.compile(r"LABEL_\d+")


class Meaning(StrEnum):
    """What a checkpoint's scores say."""

    ONE_OF = "one of these"  # softmax: the probabilities sum to 1
    EACH = "each by itself"  # sigmoid: each label is a yes or no of its own
    NUMBER = "a number"  # regression: the score is the answer


@dataclass(frozen=True, slots=True)
class TextClassificationQuery:
    """One question.

    pair: a second text, for checkpoints that compare two (a premise and a hypothesis, say); empty
    where there is none.
    """

    text: str
    pair: str = ""

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise EmptyText("There is no text yet.", "Type what is to be classified.")

    @property
    def second(self) -> str | None:
        """The second text as the tokenizer wants it: white space alone is none."""
        return self.pair if self.pair.strip() else None


@dataclass(frozen=True, slots=True)
class LabelScore:
    """One label.

    label_id: its column in the model's output. score: the raw logit (Meaning.NUMBER: the answer).
    prob: 0 to 1, None for Meaning.NUMBER. log_prob: the same in nats. rank: 1 is the highest score.
    """

    label_id: int
    label: str
    score: float
    prob: float | None
    log_prob: float | None
    rank: int


@dataclass(frozen=True, slots=True)
class TextClassificationResult:
    """The answer: every label, the highest score first.

    tokens: all that the model read, special tokens included, as the vocabulary writes them.
    checkpoint, revision, dtype, device: what computed it, as in a TokenTrace.
    """

    query: TextClassificationQuery
    meaning: Meaning
    labels: tuple[LabelScore, ...]
    tokens: tuple[str, ...]
    checkpoint: str
    revision: str | None
    dtype: str
    device: str
    schema_version: int = SCHEMA_VERSION

    @property
    def names_labels(self) -> bool:
        """False where the checkpoint calls its labels LABEL_0 and so on, which says nothing."""
        return not all(_UNNAMED.fullmatch(entry.label) for entry in self.labels)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"task": TASK, **asdict(self)}
