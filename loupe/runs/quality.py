"""How good a run is, counted from its evaluation.json: pure functions, no model.

A decision (see decision.py) moves the line between two classes, or that of one label; without one
the most probable class is given, and a label from MULTI_LABEL_THRESHOLD on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from loupe.data.class_metrics import MULTI_LABEL_THRESHOLD, confusion_counts
from loupe.data.outcomes import Classes, Entities, EntityScore, Labels, TaggedRow, Texts
from loupe.data.text_metrics import row_chrf
from loupe.runs.decision import Decision, check_decision

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

# Where no threshold is better than another, the one nearest to this.
_MIDDLE = 0.5


@dataclass(frozen=True, slots=True)
class Confusion:
    """counts: (C, C), how many rows of class `row` were given class `column`."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class ClassScore:
    """One label by itself. support: rows that have it; given: rows that got it.

    A precision or recall with nothing to divide by is 0, as scikit-learn has it.
    """

    label: str
    precision: float
    recall: float
    f1: float
    support: int
    given: int


@dataclass(frozen=True, slots=True)
class Totals:
    """All labels together. accuracy: rows with every label right.

    precision, recall, f1: means over the labels that occur or are given (macro), as scikit-learn
    takes them of classes; the most frequent class does not drown the others.
    """

    accuracy: float
    precision: float
    recall: float
    f1: float
    rows: int


@dataclass(frozen=True, slots=True)
class ThresholdPoint:
    """What comes of giving a label from `threshold` on. given: how many rows get it."""

    threshold: float
    precision: float
    recall: float
    f1: float
    given: int


@dataclass(frozen=True, slots=True)
class ThresholdCurve:
    """One label. points: at each probability that occurs, rising. best: the highest F1.

    best.threshold lies halfway between two probabilities that occur, so that none of them is near.
    support: rows that have the label.
    """

    label: str
    points: tuple[ThresholdPoint, ...]
    best: ThresholdPoint
    support: int


@dataclass(frozen=True, slots=True)
class Mistake:
    """A row that was given something else. row: its number in the outcome, from 0.

    truth, given: names of labels; several, or none, where they do not exclude each other.
    badness: the probability of what was wrongly given, or the lack of it in what was wrongly left
    out: 1 is the surest mistake.
    """

    row: int
    text: str
    truth: tuple[str, ...]
    given: tuple[str, ...]
    badness: float


@dataclass(frozen=True, slots=True)
class TaggedMistake:
    """A sentence with other tags than it should have. wrong: how many of its words."""

    row: int
    sentence: TaggedRow
    wrong: int


@dataclass(frozen=True, slots=True)
class TextMistake:
    """An output far from its nearest target, by chrF (0 to 100)."""

    row: int
    chrf: float


def given_classes(outcome: Classes, decision: Decision | None = None) -> list[int]:
    """The class that each row gets. Raises InvalidInput for a decision that does not fit."""
    probabilities = _probabilities(outcome)  # (R, C)
    if decision is None:
        return [int(i) for i in probabilities.argmax(axis=1)]
    check_decision(decision, outcome)
    place = outcome.labels.index(decision.label)
    return [place if p >= decision.threshold else 1 - place for p in probabilities[:, place]]


def given_labels(outcome: Labels, decision: Decision | None = None) -> Flags:
    """(R, C), which labels each row gets. Raises InvalidInput for a label that is not there."""
    probabilities = _probabilities(outcome)
    given: Flags = probabilities >= MULTI_LABEL_THRESHOLD
    if decision is not None:
        check_decision(decision, outcome)
        place = outcome.labels.index(decision.label)
        given[:, place] = probabilities[:, place] >= decision.threshold
    return given


def confusion(outcome: Classes, decision: Decision | None = None) -> Confusion:
    """How many rows of each class were given each class."""
    truth = [row.truth for row in outcome.rows]
    counts = confusion_counts(truth, given_classes(outcome, decision), len(outcome.labels))
    return Confusion(outcome.labels, tuple(tuple(row) for row in counts))


def label_confusion(outcome: Labels, label: str, decision: Decision | None = None) -> Confusion:
    """Of one label that does not exclude others: rows without and with it, by what they got."""
    place = outcome.labels.index(label)
    truth = [row.truth[place] for row in outcome.rows]
    given = given_labels(outcome, decision)[:, place].astype(int).tolist()
    counts = confusion_counts(truth, given, 2)
    return Confusion((f"not {label}", label), tuple(tuple(row) for row in counts))


def class_scores(
    outcome: Classes | Labels, decision: Decision | None = None
) -> tuple[ClassScore, ...]:
    """Precision, recall, F1 and support of each label, in the outcome's order."""
    truth, given = _flags(outcome, decision)
    return tuple(
        ClassScore(label, *_scores(truth[:, i], given[:, i]))
        for i, label in enumerate(outcome.labels)
    )


def totals(outcome: Classes | Labels, decision: Decision | None = None) -> Totals:
    """Accuracy and the macro means. outcome: of at least one row."""
    truth, given = _flags(outcome, decision)
    scores = [score for score in class_scores(outcome, decision) if score.support or score.given]

    def mean(values: Sequence[float]) -> float:
        return sum(values) / len(values) if values else 0.0

    return Totals(
        accuracy=float((truth == given).all(axis=1).mean()),
        precision=mean([score.precision for score in scores]),
        recall=mean([score.recall for score in scores]),
        f1=mean([score.f1 for score in scores]),
        rows=len(outcome.rows),
    )


def threshold_curve(outcome: Classes | Labels, label: str) -> ThresholdCurve | None:
    """Precision, recall and F1 of one label at every probability that it got.

    None where no row has the label: then nothing tells a good threshold.
    Raises InvalidInput as check_decision.
    """
    check_decision(Decision(label, _MIDDLE), outcome)
    place = outcome.labels.index(label)
    truth = _truth(outcome)[:, place]
    probabilities = _probabilities(outcome)[:, place]
    support = int(truth.sum())
    if support == 0:
        return None
    order = np.argsort(-probabilities, kind="stable")
    sorted_probabilities, hits = probabilities[order], np.cumsum(truth[order])
    # The last row of each probability: whoever gives the label at it gives it to all with it.
    last = np.flatnonzero(np.append(np.diff(sorted_probabilities) != 0, True))
    given, found = last + 1, hits[last]  # (D,)
    precision, recall = found / given, found / support
    f1 = 2 * found / (given + support)
    thresholds = sorted_probabilities[last]
    points = [
        ThresholdPoint(float(t), float(p), float(r), float(f), int(g))
        for t, p, r, f, g in zip(thresholds, precision, recall, f1, given, strict=True)
    ]
    return ThresholdCurve(label, tuple(reversed(points)), _best(points), support)


def rows_of_cell(
    outcome: Classes, truth: int, given: int, decision: Decision | None = None
) -> tuple[int, ...]:
    """The numbers of the rows of one class that were given another (or the same), surest first."""
    chosen = given_classes(outcome, decision)
    rows = [i for i, row in enumerate(outcome.rows) if row.truth == truth and chosen[i] == given]
    return tuple(sorted(rows, key=lambda i: (-outcome.rows[i].probabilities[given], i)))


def worst_mistakes(
    outcome: Classes | Labels, decision: Decision | None = None
) -> tuple[Mistake, ...]:
    """All rows that were given something else, the surest mistake first."""
    truth, given = _flags(outcome, decision)
    probabilities = _probabilities(outcome)
    # A class that was left out lost to the one that was given: that one's probability tells.
    left_out = np.zeros_like(probabilities) if isinstance(outcome, Classes) else 1 - probabilities
    badness = np.where(given & ~truth, probabilities, np.where(truth & ~given, left_out, 0.0))
    wrong = [int(i) for i in np.flatnonzero((truth != given).any(axis=1))]

    def names(flags: Flags) -> tuple[str, ...]:
        return tuple(outcome.labels[i] for i in np.flatnonzero(flags))

    mistakes = [
        Mistake(i, outcome.rows[i].text, names(truth[i]), names(given[i]), float(badness[i].max()))
        for i in wrong
    ]
    return tuple(sorted(mistakes, key=lambda mistake: (-mistake.badness, mistake.row)))


def entity_table(outcome: Entities) -> tuple[EntityScore, ...]:
    """Each type's precision, recall and F1, the most frequent first."""
    return tuple(sorted(outcome.types, key=lambda score: (-score.support, score.type)))


def worst_sentences(outcome: Entities) -> tuple[TaggedMistake, ...]:
    """The sentences with wrong tags, those with the most wrong words first."""
    counted = [
        TaggedMistake(i, row, sum(a != b for a, b in zip(row.truth, row.predicted, strict=True)))
        for i, row in enumerate(outcome.rows)
    ]
    wrong = [mistake for mistake in counted if mistake.wrong]
    return tuple(sorted(wrong, key=lambda mistake: (-mistake.wrong, mistake.row)))


def worst_texts(outcome: Texts) -> tuple[TextMistake, ...]:
    """All outputs, the one farthest from its references first (Popović 2015)."""
    scored = [
        TextMistake(i, row_chrf(row.output, row.targets)) for i, row in enumerate(outcome.rows)
    ]
    return tuple(sorted(scored, key=lambda mistake: (mistake.chrf, mistake.row)))


def _best(points: Sequence[ThresholdPoint]) -> ThresholdPoint:
    """points: by falling threshold."""
    neighbours = [*(point.threshold for point in points[1:]), 0.0]
    halfway = [
        ThresholdPoint(
            (point.threshold + below) / 2, point.precision, point.recall, point.f1, point.given
        )
        for point, below in zip(points, neighbours, strict=True)
        if point.threshold + below > 0  # a probability of 0 has no threshold below it
    ]
    return max(halfway, key=lambda point: (point.f1, -abs(point.threshold - _MIDDLE)))


def _flags(outcome: Classes | Labels, decision: Decision | None) -> tuple[Flags, Flags]:
    """(R, C) and (R, C): which labels each row has, and which it gets."""
    if isinstance(outcome, Labels):
        return _truth(outcome), given_labels(outcome, decision)
    return _truth(outcome), _one_hot(given_classes(outcome, decision), len(outcome.labels))


def _truth(outcome: Classes | Labels) -> Flags:
    if isinstance(outcome, Classes):
        return _one_hot([row.truth for row in outcome.rows], len(outcome.labels))
    flags = np.array([row.truth for row in outcome.rows], dtype=np.bool_)
    return flags.reshape(len(outcome.rows), len(outcome.labels))


def _one_hot(classes: Sequence[int], size: int) -> Flags:
    flags = np.zeros((len(classes), size), dtype=np.bool_)
    flags[np.arange(len(classes)), list(classes)] = True
    return flags


def _probabilities(outcome: Classes | Labels) -> Numbers:
    numbers = np.array([row.probabilities for row in outcome.rows], dtype=np.float64)
    return numbers.reshape(len(outcome.rows), len(outcome.labels))


def _scores(truth: Flags, given: Flags) -> tuple[float, float, float, int, int]:
    """precision, recall, f1, support, given."""
    hits, support, count = int((truth & given).sum()), int(truth.sum()), int(given.sum())
    return (
        hits / count if count else 0.0,
        hits / support if support else 0.0,
        2 * hits / (support + count) if support + count else 0.0,
        support,
        count,
    )
