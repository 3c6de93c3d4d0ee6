"""Many texts by labels of one's own, as the table of any classifier."""

from __future__ import annotations

from loupe.tasks import text_classification, zero_shot_classification
from loupe.tasks.text_classification import Meaning


def as_labels(result: zero_shot_classification.BatchResult) -> text_classification.BatchResult:
    """The same numbers as a classifier's whose labels these are; its scores are entailment's."""
    asked = result.query.asked
    return text_classification.BatchResult(
        labels=asked.labels,
        meaning=Meaning.EACH if asked.each else Meaning.ONE_OF,
        rows=tuple(
            text_classification.BatchRow(row.number, row.text, row.scores, row.probs, row.is_cut)
            for row in result.rows
        ),
        checkpoint=result.checkpoint,
        revision=result.revision,
        dtype=result.dtype,
        device=result.device,
    )
