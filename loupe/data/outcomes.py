"""What a model said of held-out rows, row by row: the record that evaluation.json keeps.

Each kind is one way to be right or wrong: one class of several, any number of labels, entities in
words, or a text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

# Of a probability: what float32 tells apart next to 1, so that no two rows become equal.
PROBABILITY_DECIMALS = 8


@dataclass(frozen=True, slots=True)
class ClassRow:
    """truth: a class id. probabilities: (C,), they sum to 1."""

    text: str
    truth: int
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Classes:
    """One of C classes a row. labels: (C,) their names."""

    kind: ClassVar[str] = "classes"
    labels: tuple[str, ...]
    rows: tuple[ClassRow, ...]


@dataclass(frozen=True, slots=True)
class LabelRow:
    """truth: (C,) of 0 and 1. probabilities: (C,), each by itself."""

    text: str
    truth: tuple[int, ...]
    probabilities: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """Any number of C labels a row. labels: (C,) their names."""

    kind: ClassVar[str] = "labels"
    labels: tuple[str, ...]
    rows: tuple[LabelRow, ...]


@dataclass(frozen=True, slots=True)
class EntityScore:
    """How well entities of one type are found, strictly: whole, and of this type.

    support: how many there are.
    """

    type: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True, slots=True)
class TaggedRow:
    """The words of a sentence that the model read, with their tags and those that it gave."""

    words: tuple[str, ...]
    truth: tuple[str, ...]
    predicted: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entities:
    """BIO tags of words. types: of the sentences' entities and the model's, by alphabet."""

    kind: ClassVar[str] = "entities"
    types: tuple[EntityScore, ...]
    rows: tuple[TaggedRow, ...]


@dataclass(frozen=True, slots=True)
class TextRow:
    """targets: every reference. output: what the model wrote."""

    source: str
    targets: tuple[str, ...]
    output: str


@dataclass(frozen=True, slots=True)
class Texts:
    """A text for each row."""

    kind: ClassVar[str] = "texts"
    rows: tuple[TextRow, ...]


Outcome = Classes | Labels | Entities | Texts


def to_dict(outcome: Outcome) -> dict[str, Any]:
    """Plain values, with `kind`."""
    return {"kind": outcome.kind, **asdict(outcome)}


def from_dict(record: Mapping[str, Any]) -> Outcome:
    """The inverse of to_dict. Raises KeyError, TypeError, ValueError for what is none."""
    return _READERS[record["kind"]](record)


def _classes(record: Mapping[str, Any]) -> Classes:
    rows = tuple(
        ClassRow(row["text"], int(row["truth"]), tuple(row["probabilities"]))
        for row in record["rows"]
    )
    return Classes(tuple(record["labels"]), rows)


def _labels(record: Mapping[str, Any]) -> Labels:
    rows = tuple(
        LabelRow(row["text"], tuple(row["truth"]), tuple(row["probabilities"]))
        for row in record["rows"]
    )
    return Labels(tuple(record["labels"]), rows)


def _entities(record: Mapping[str, Any]) -> Entities:
    rows = tuple(
        TaggedRow(tuple(row["words"]), tuple(row["truth"]), tuple(row["predicted"]))
        for row in record["rows"]
    )
    return Entities(tuple(EntityScore(**score) for score in record["types"]), rows)


def _texts(record: Mapping[str, Any]) -> Texts:
    rows = tuple(
        TextRow(row["source"], tuple(row["targets"]), row["output"]) for row in record["rows"]
    )
    return Texts(rows)


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Outcome]] = {
    Classes.kind: _classes,
    Labels.kind: _labels,
    Entities.kind: _entities,
    Texts.kind: _texts,
}
