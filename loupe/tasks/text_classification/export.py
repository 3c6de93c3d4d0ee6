"""A result as rows of a table and as JSON."""

from __future__ import annotations

import json

from loupe.tasks.text_classification.query import TextClassificationResult

Row = dict[str, str | int | float | None]


def rows(result: TextClassificationResult) -> list[Row]:
    """One row a label, the highest score first.

    score is the raw output, log_prob is in nats; probabilities are empty for a regression.
    """
    return [
        {
            "rank": entry.rank,
            "label_id": entry.label_id,
            "label": entry.label,
            "score": entry.score,
            "log_prob": entry.log_prob,
            "prob": entry.prob,
        }
        for entry in result.labels
    ]


def to_json(result: TextClassificationResult) -> str:
    """The whole result, with its schema_version."""
    return json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
