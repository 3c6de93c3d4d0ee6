"""A text as rows of a table, and results as JSON."""

from __future__ import annotations

import json
import math

from loupe.tasks.text_generation.query import GenerationResult, Sample
from loupe.tasks.text_generation.score_text import ScoreResult
from loupe.traces import TokenRecord

Row = dict[str, str | int | float | None]


def sample_rows(sample: Sample) -> list[Row]:
    """One row a token. log_prob in nats and prob are the model's; prob_sampled is what sampling
    made of prob, empty where it took no part.
    """
    return [
        {
            "part": "prompt" if i < sample.prompt_tokens else "continuation",
            **_row(i, record),
            "prob_sampled": record.stages[-1][1] if record.stages else None,
        }
        for i, record in enumerate(sample.trace.tokens)
    ]


def score_rows(result: ScoreResult) -> list[Row]:
    """One row a token; the first has no score, since nothing stands before it."""
    return [_row(i, record) for i, record in enumerate(result.trace.tokens)]


def _row(position: int, record: TokenRecord) -> Row:
    return {
        "position": position,
        "token_id": record.token_id,
        "token": record.token,
        "text": record.text,
        "log_prob": record.log_prob,
        "prob": None if record.log_prob is None else math.exp(record.log_prob),
        "rank": record.rank,
        "entropy_nats": record.entropy_nats,
    }


def to_json(result: GenerationResult | ScoreResult) -> str:
    """Everything, the alternatives of every token too."""
    return json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
