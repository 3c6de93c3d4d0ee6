"""A result as rows of a table and as JSON."""

from __future__ import annotations

import json
import math

from loupe.engine.tables import to_csv
from loupe.tasks.summarization.query import SummarizationResult

__all__ = ["rows", "to_csv", "to_json"]

Row = dict[str, str | int | float | bool | None]


def rows(result: SummarizationResult) -> list[Row]:
    """One row for each token of the summary.

    start and end are code points of the summary. log_prob and entropy are in nats; prob is the
    model's probability, from the raw logits.
    """
    table: list[Row] = []
    for position, token in enumerate(result.target.tokens, start=1):
        start, end = token.span or (None, None)
        assert token.log_prob is not None
        table.append(
            {
                "position": position,
                "text": token.text,
                "token": token.token,
                "token_id": token.token_id,
                "start": start,
                "end": end,
                "rank": token.rank,
                "log_prob": token.log_prob,
                "prob": math.exp(token.log_prob),
                "entropy_nats": token.entropy_nats,
            }
        )
    return table


def to_json(result: SummarizationResult) -> str:
    """The whole result; `TokenTrace.from_dict` reads its `source` and `target`."""
    return json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
