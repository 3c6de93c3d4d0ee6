"""A result as rows of tables and as JSON."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Sequence

from loupe.tasks.token_classification.query import TokenClassificationResult

Row = dict[str, str | int | float | bool | None]


def rows(result: TokenClassificationResult) -> list[Row]:
    """One row an entity and one a word, each group in the order of the text.

    start and end are code points. An entity's log_prob (nats) is the sum over its words' tags; a
    word's is that of its tag. The columns `prob LABEL` are the word's whole distribution; a name
    that several labels have is followed by its id, `prob LABEL (id)`.
    """
    columns = _columns(result.labels)
    table: list[Row] = [
        {
            "row": "entity",
            "text": entity.text,
            "start": entity.span[0],
            "end": entity.span[1],
            "label": entity.label,
            "log_prob": entity.log_prob,
            "prob": entity.prob,
            "repaired": entity.repaired,
        }
        for entity in result.entities
    ]
    for word in result.words:
        distribution = zip(columns, result.log_probs[word.position], strict=True)
        table.append(
            {
                "row": "word",
                "text": word.text,
                "start": word.span[0],
                "end": word.span[1],
                "label": word.tag,
                "label_id": word.tag_id,
                "log_prob": word.log_prob,
                "prob": word.prob,
                "pieces": word.pieces,
                **{column: math.exp(nats) for column, nats in distribution},
            }
        )
    return table


def _columns(labels: Sequence[str]) -> list[str]:
    """A name for each label's column, all different."""
    times = Counter(labels)
    numbered = [f"prob {label} ({i})" for i, label in enumerate(labels)]
    columns = [
        f"prob {label}" if times[label] == 1 else with_id
        for label, with_id in zip(labels, numbered, strict=True)
    ]
    # A label may itself be called like another one with its id; with all ids none can collide.
    return columns if len(set(columns)) == len(columns) else numbered


def to_json(result: TokenClassificationResult) -> str:
    """The whole result; `TokenTrace.from_dict` reads what stands under its key `trace`."""
    return json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
