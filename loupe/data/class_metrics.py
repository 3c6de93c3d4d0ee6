"""How well classes are told apart, and by which number to judge it.

Tests hold the numbers against scikit-learn's. It is not imported here: that takes longer than a
small run needs from its model to its first step.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from loupe.data.trainable import BestMetric

# Classes are unbalanced where the smallest has less than this share of what an equal one would.
UNBALANCED_BELOW = 0.5
MULTI_LABEL_THRESHOLD = 0.5  # a label is given where its probability is at least this

F1_OF = "f1_{name}"


def best_metric(rows: Sequence[tuple[str, ...]], labels: Sequence[str]) -> BestMetric:
    """Accuracy; where classes are unbalanced, of two the smaller one's F1, of more macro F1; for
    multi-label macro F1.

    Accuracy of 97 % is what a model that never finds 3 % of spam has too. The smallest of many
    classes has too few rows to speak for the others.
    """
    if any(len(row) != 1 for row in rows):
        return BestMetric("f1_macro", greater_is_better=True)
    counts = Counter(name for row in rows for name in row)
    smallest = min(labels, key=lambda name: counts[name])
    if counts[smallest] < UNBALANCED_BELOW * len(rows) / len(labels):
        name = F1_OF.format(name=smallest) if len(labels) == 2 else "f1_macro"
        return BestMetric(name, greater_is_better=True)
    return BestMetric("accuracy", greater_is_better=True)


def class_metrics(
    logits: npt.NDArray[np.floating],
    truth: npt.NDArray[np.floating | np.integer],
    labels: Sequence[str],
) -> dict[str, float]:
    """accuracy, f1_macro, f1_smallest (of the rarest label that occurs) and f1_NAME of each.

    logits: (R, C). truth: (R,) class ids, or (R, C) of 0 and 1 for multi-label, where accuracy is
    the share of rows with every label right. A class that is neither there nor given has F1 0.
    """
    classes = list(range(len(labels)))
    if truth.ndim == 2:
        # sigmoid(x) >= 0.5 where x >= 0; written so that the threshold has one place.
        probabilities = 1 / (1 + np.exp(-logits.astype(np.float64)))
        predicted = (probabilities >= MULTI_LABEL_THRESHOLD).astype(int)
        there = truth.astype(int) == 1  # (R, C)
        given = predicted == 1
        right = (there == given).all(axis=1)
    else:
        predicted = logits.argmax(axis=-1)
        there = truth.astype(int)[:, None] == classes
        given = predicted[:, None] == classes
        right = predicted == truth
    counts = there.sum(axis=0)  # (C,)
    # F1 is 2 · hits / (there + given); 0 of a class that is neither.
    f1 = 2 * (there & given).sum(axis=0) / np.maximum(1, counts + given.sum(axis=0))
    occurring = [i for i in classes if counts[i] > 0]
    smallest = min(occurring or classes, key=lambda i: counts[i])
    return {
        "accuracy": float(right.mean()),
        "f1_macro": float(f1.mean()),
        "f1_smallest": float(f1[smallest]),
        **{F1_OF.format(name=name): float(f1[i]) for i, name in enumerate(labels)},
    }


def confusion_counts(
    truth: Sequence[int], predicted: Sequence[int], classes: int
) -> list[list[int]]:
    """(C, C): of the rows of class `row`, how many were given class `column`."""
    counts = np.zeros((classes, classes), dtype=np.int64)
    np.add.at(counts, (np.asarray(truth, dtype=int), np.asarray(predicted, dtype=int)), 1)
    rows: list[list[int]] = counts.tolist()
    return rows
