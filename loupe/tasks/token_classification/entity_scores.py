"""How well entities are found: seqeval's numbers, strictly by IOB2.

Source: seqeval, Nakayama 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loupe.data.outcomes import Entities, EntityScore


@dataclass(frozen=True, slots=True)
class Totals:
    """Over all words and entities. precision, recall, f1: of whole entities, strictly (IOB2); None
    where the tags mark none. f1_as_read: the same where what begins with I- is an entity too, as
    `read_chunks` has it and conlleval. accuracy: of words."""

    accuracy: float
    precision: float | None
    recall: float | None
    f1: float | None
    f1_as_read: float | None
    words: int
    sentences: int


def totals(outcome: Entities) -> Totals:
    """Precision, recall and F1 of all entities together (micro), and the accuracy of words."""
    from seqeval.metrics import (  # type: ignore[import-untyped]
        accuracy_score,
        f1_score,
        precision_score,
        recall_score,
    )
    from seqeval.scheme import IOB2  # type: ignore[import-untyped]

    truth = [list(row.truth) for row in outcome.rows]
    given = [list(row.predicted) for row in outcome.rows]
    # zero_division: a model that finds nothing is no reason for a warning.
    how = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    scores = [precision_score, recall_score, f1_score] if outcome.types else []
    found = [float(score(truth, given, **how)) for score in scores]
    precision, recall, f1 = found or (None, None, None)
    return Totals(
        accuracy=float(accuracy_score(truth, given)),
        precision=precision,
        recall=recall,
        f1=f1,
        f1_as_read=float(f1_score(truth, given, zero_division=0)) if outcome.types else None,
        words=sum(len(row.words) for row in outcome.rows),
        sentences=len(outcome.rows),
    )


def type_scores(
    truth: Sequence[Sequence[str]], given: Sequence[Sequence[str]]
) -> tuple[EntityScore, ...]:
    """Each type's precision, recall and F1, strictly (IOB2), by alphabet.

    truth, given: the tags of each sentence.
    """
    from seqeval.metrics.v1 import (  # type: ignore[import-untyped]
        precision_recall_fscore_support,
    )
    from seqeval.scheme import IOB2
    from seqeval.scheme import Entities as Found

    truth, given = [list(row) for row in truth], [list(row) for row in given]
    # In its own order, which is the alphabet's.
    types = sorted(Found(truth, IOB2).unique_tags | Found(given, IOB2).unique_tags)
    if not types:
        return ()  # seqeval cannot count nothing
    scores = precision_recall_fscore_support(
        truth, given, average=None, scheme=IOB2, zero_division=0
    )
    return tuple(
        EntityScore(name, float(precision), float(recall), float(f1), int(support))
        for name, precision, recall, f1, support in zip(types, *scores, strict=True)
    )
