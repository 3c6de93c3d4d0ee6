"""A result as rows of a table and as JSON."""

from __future__ import annotations

import json
import math

from loupe.tasks.fill_mask.query import FillMaskResult

Row = dict[str, str | int | float | None]


def rows(result: FillMaskResult) -> list[Row]:
    """One row for each listed entry, one for the rest of the vocabulary, one for each scored word.

    log_prob is in nats, prob is the model's probability (no sampling takes part).
    """
    table: list[Row] = []
    for number, mask in enumerate(result.masks, start=1):
        common: Row = {"mask": number, "entropy_nats": mask.entropy_nats}
        for entry in mask.top:
            table.append(
                {
                    **common,
                    "row": "entry",
                    "rank": entry.rank,
                    "token_id": entry.token_id,
                    "token": entry.token,
                    "text": entry.text,
                    "log_prob": entry.log_prob,
                    "prob": math.exp(entry.log_prob),
                }
            )
        if mask.hidden and mask.log_prob is not None:
            table.append(
                {
                    **common,
                    "row": "hidden token",
                    "rank": mask.rank,
                    "token_id": mask.token_id,
                    "token": mask.token,
                    "text": mask.text,
                    "log_prob": mask.log_prob,
                    "prob": math.exp(mask.log_prob),
                }
            )
        table.append({**common, "row": "rest of the vocabulary", "prob": mask.rest_prob})
        for score in result.words:
            if score.span == mask.span:
                table.append(
                    {
                        **common,
                        "row": "scored word",
                        "token": " ".join(piece.token for piece in score.pieces),
                        "text": score.word,
                        "log_prob": score.log_prob,
                        "prob": math.exp(score.log_prob),
                    }
                )
    return table


def to_json(result: FillMaskResult) -> str:
    """The whole result, readable by `TokenTrace.from_dict` under its key `trace`."""
    return json.dumps(result.to_dict(), ensure_ascii=False, indent=2)
