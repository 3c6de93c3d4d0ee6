"""A result as rows of a table and as JSON."""

from __future__ import annotations

import json
import math

from loupe.engine.seq2seq.lines import Lines
from loupe.engine.tables import to_csv
from loupe.tasks.summarization.document import SummaryDocumentResult
from loupe.tasks.summarization.query import SummarizationResult

__all__ = ["document_rows", "rows", "to_csv", "to_json"]

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


def document_rows(result: SummaryDocumentResult) -> list[Row]:
    """One row a part. line: in which it begins. start and end are code points of the document."""
    lines = Lines(result.query.text)
    return [
        {
            "number": row.number,
            "line": lines.number(row.span[0]),
            "source": row.source,
            "target": row.target,
            "start": row.span[0],
            "end": row.span[1],
            "part": row.part[0],
            "of": row.part[1],
            "cuts_sentence": row.cuts_sentence,
            "compression": row.compression,
            "ending": row.ending.value,
        }
        for row in result.rows
    ]


def to_json(result: SummarizationResult | SummaryDocumentResult) -> str:
    """The whole result; `TokenTrace.from_dict` reads its `source` and `target`."""
    return json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
