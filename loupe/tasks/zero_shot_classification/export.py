"""A result as rows of a table and as JSON."""

from __future__ import annotations

import json

from loupe.tasks.zero_shot_classification.query import ZeroShotResult

Row = dict[str, str | int | float | None]


def rows(result: ZeroShotResult) -> list[Row]:
    """One row a candidate, the most probable first.

    The columns `prob LABEL (id)` are what the model says of text and hypothesis.
    """
    names = [f"prob {name} ({i})" for i, name in enumerate(result.model_labels)]
    return [
        {
            "rank": entry.rank,
            "label": entry.label,
            "prob": entry.prob,
            "log_prob": entry.log_prob,
            "hypothesis": entry.hypothesis,
            **dict(zip(names, entry.label_probs, strict=True)),
        }
        for entry in result.labels
    ]


def to_json(result: ZeroShotResult) -> str:
    """The whole result, with its schema_version."""
    return json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
