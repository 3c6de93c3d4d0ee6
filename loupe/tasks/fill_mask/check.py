"""The same numbers by another way, to be compared with what is shown."""

from __future__ import annotations

from collections.abc import Iterator

import torch

from loupe.engine.encoding import encode
from loupe.engine.loaded import LoadedModel
from loupe.engine.recompute import (
    TOLERANCE_NATS,
    CheckReport,
    Distribution,
    distributions,
    order_agrees,
    record_differences,
    report,
    tolerance_of,
)
from loupe.errors import Phrase
from loupe.tasks.fill_mask.query import FillMaskResult, WordScore
from loupe.tasks.fill_mask.words import put_in_place
from loupe.traces import TokenKind, TokenRecord


def check(loaded: LoadedModel, result: FillMaskResult) -> CheckReport:
    """Recompute a result one text at a time, over all positions, in float64 outside torch.

    Ids are read back from the trace, the model's own forward gives logits for every position, and
    softmax, entropy and ranks are numpy's. It shares with `predict` the model, the tokenising that
    made the trace, and where a scored word's pieces are put.
    """
    ids = [_input_id(token, loaded) for token in result.trace.tokens]
    differences: list[tuple[float, Phrase]] = []
    ordered = True
    expected_at = _distributions(loaded, ids)
    for number, position in enumerate(result.trace.masks, start=1):
        token = result.trace.tokens[position]
        expected = expected_at[position]
        differences.extend(record_differences(token, expected, "mask {number}", number=number))
        ordered &= order_agrees(token, expected, TOLERANCE_NATS)
    for score in result.words:
        differences.extend(_word_differences(loaded, result, score))
    return report(differences, ordered=ordered, tolerance=tolerance_of(loaded.dtype))


def _input_id(token: TokenRecord, loaded: LoadedModel) -> int:
    masked = token.kind is TokenKind.MASK
    return int(loaded.tokenizer.mask_token_id) if masked else token.token_id


def _distributions(loaded: LoadedModel, ids: list[int]) -> list[Distribution]:
    """What the model's own forward expects at every position."""
    logits = loaded.model(input_ids=torch.tensor([ids], device=loaded.device)).logits[0]
    return distributions(logits)


def _word_differences(
    loaded: LoadedModel, result: FillMaskResult, score: WordScore
) -> Iterator[tuple[float, Phrase]]:
    """One forward for each piece, the pieces before it in place, those after it masked."""
    encoding = encode(loaded, result.query.text, result.query.hidden_spans)
    place = put_in_place(loaded, result.query, encoding, score.span, score.word)
    mask_id = int(loaded.tokenizer.mask_token_id)
    for i, piece in enumerate(score.pieces):
        ids = [*place.before, *(p.token_id for p in score.pieces[:i])]
        row = [*ids, *[mask_id] * (len(score.pieces) - i), *place.after]
        expected = float(_distributions(loaded, row)[len(ids)][piece.token_id])
        yield (
            abs(piece.log_prob - expected),
            Phrase("{word}: {piece}", {"word": score.word, "piece": piece.token}),
        )
