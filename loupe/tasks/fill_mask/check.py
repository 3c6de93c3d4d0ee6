"""The same numbers by another way, to be compared with what is shown."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from loupe.engine.encoding import encode
from loupe.engine.loaded import LoadedModel
from loupe.errors import Phrase
from loupe.tasks.fill_mask.query import FillMaskResult, WordScore
from loupe.tasks.fill_mask.words import put_in_place
from loupe.traces import TokenKind, TokenRecord

Distribution = np.ndarray[tuple[int], np.dtype[np.float64]]

# Above this the two ways disagree by more than rounding: single precision, then half.
TOLERANCE_NATS = 1e-3
TOLERANCE_HALF_NATS = 0.1


@dataclass(frozen=True, slots=True)
class CheckReport:
    """How far the independent computation is from what is shown.

    largest_difference: over `compared` numbers (log-probabilities and entropies in nats, the rest
    as a probability). where: the number that differs most. order_agrees: every listed rank is
    right.
    """

    compared: int
    largest_difference: float
    where: Phrase
    order_agrees: bool
    tolerance: float

    @property
    def agrees(self) -> bool:
        return self.order_agrees and self.largest_difference <= self.tolerance


def check(loaded: LoadedModel, result: FillMaskResult) -> CheckReport:
    """Recompute a result one text at a time, over all positions, in float64 outside torch.

    Ids are read back from the trace, the model's own forward gives logits for every position, and
    softmax, entropy and ranks are numpy's. It shares with `predict` the model, the tokenising that
    made the trace, and where a scored word's pieces are put.
    """
    ids = [_input_id(token, loaded) for token in result.trace.tokens]
    differences: list[tuple[float, Phrase]] = []
    order_agrees = True
    distributions = _distributions(loaded, ids)
    for number, position in enumerate(result.trace.masks, start=1):
        token = result.trace.tokens[position]
        expected = distributions[position]
        differences.extend(_differences(token, expected, number))
        order_agrees &= _order_agrees(token, expected)
    for score in result.words:
        differences.extend(_word_differences(loaded, result, score))
    largest, where = max(differences, key=lambda difference: difference[0])
    half = loaded.dtype in (torch.float16, torch.bfloat16)
    tolerance = TOLERANCE_HALF_NATS if half else TOLERANCE_NATS
    return CheckReport(len(differences), largest, where, order_agrees, tolerance)


def _input_id(token: TokenRecord, loaded: LoadedModel) -> int:
    masked = token.kind is TokenKind.MASK
    return int(loaded.tokenizer.mask_token_id) if masked else token.token_id


def _distributions(loaded: LoadedModel, ids: list[int]) -> list[Distribution]:
    """Log-probabilities, (T, V) as a list of rows, float64."""
    logits = loaded.model(input_ids=torch.tensor([ids], device=loaded.device)).logits[0]
    rows = logits.float().cpu().numpy().astype(np.float64)
    return [row - row.max() - np.log(np.exp(row - row.max()).sum()) for row in rows]


def _differences(
    token: TokenRecord, expected: Distribution, number: int
) -> Iterator[tuple[float, Phrase]]:
    probabilities = np.exp(expected)
    assert token.entropy_nats is not None
    assert token.rest_prob is not None
    entropy = -float((probabilities * np.where(probabilities > 0, expected, 0.0)).sum())
    yield abs(token.entropy_nats - entropy), Phrase("mask {number}: entropy", {"number": number})
    listed = [entry.token_id for entry in token.top]
    yield (
        abs(token.rest_prob - (1 - float(probabilities[listed].sum()))),
        Phrase("mask {number}: all others", {"number": number}),
    )
    for entry in token.top:
        yield abs(entry.log_prob - float(expected[entry.token_id])), _at(number, entry.token)
    if token.log_prob is not None:
        yield (
            abs(token.log_prob - float(expected[token.token_id])),
            Phrase("mask {number}: the hidden token", {"number": number}),
        )


def _at(number: int, token: str) -> Phrase:
    return Phrase("mask {number}: {token}", {"number": number, "token": token})


def _order_agrees(token: TokenRecord, expected: Distribution) -> bool:
    """Each listed rank lies where the other way puts it; ties within rounding may change places."""
    slack = TOLERANCE_NATS
    ranked = [(entry.rank, float(expected[entry.token_id])) for entry in token.top]
    if token.rank is not None:
        ranked.append((token.rank, float(expected[token.token_id])))
    return all(
        (expected > score + slack).sum() < rank <= (expected >= score - slack).sum()
        for rank, score in ranked
    )


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
