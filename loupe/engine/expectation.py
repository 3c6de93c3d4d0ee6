"""What a model expects at a place of a text, as plain numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from loupe.engine.encoding import vocabulary_of
from loupe.engine.loaded import LoadedModel
from loupe.scoring import score
from loupe.traces import Alternative, TokenRecord


@dataclass(frozen=True, slots=True)
class Expectation:
    """The distribution at one place, and the token that stands there.

    log_prob (nats), rank (1 is the most probable): of that token. The rest as in TokenRecord.
    """

    log_prob: float
    rank: int
    entropy_nats: float
    top: tuple[Alternative, ...]
    rest_prob: float

    def of(self, record: TokenRecord) -> TokenRecord:
        """The record with these numbers."""
        return replace(
            record,
            log_prob=self.log_prob,
            rank=self.rank,
            entropy_nats=self.entropy_nats,
            top=self.top,
            rest_prob=self.rest_prob,
        )

    def of_other(self, token_id: int) -> Expectation | None:
        """The same place with another token in it; None where that is not among `top`."""
        for entry in self.top:
            if entry.token_id == token_id:
                return replace(self, log_prob=entry.log_prob, rank=entry.rank)
        return None


def expectations(
    loaded: LoadedModel, logits: torch.Tensor, targets: Sequence[int], top_k: int
) -> list[Expectation]:
    """logits: (N, V), raw. targets: the N tokens that stand there."""
    log_probs = torch.log_softmax(logits.float(), dim=-1)
    scores = score(log_probs, torch.tensor(targets, device=logits.device), top_k)
    assert scores.log_prob is not None
    assert scores.rank is not None
    tops = zip(scores.top_ids.tolist(), scores.top_log_probs.tolist(), strict=True)
    return [
        Expectation(log_prob, rank, entropy, alternatives(loaded, ids, log_probs_of), rest)
        for log_prob, rank, entropy, rest, (ids, log_probs_of) in zip(
            scores.log_prob.tolist(),
            scores.rank.tolist(),
            scores.entropy_nats.tolist(),
            scores.rest_prob.tolist(),
            tops,
            strict=True,
        )
    ]


def alternatives(
    loaded: LoadedModel, ids: Sequence[int], log_probs: Sequence[float]
) -> tuple[Alternative, ...]:
    """The entries of a vocabulary, given the most probable first."""
    vocabulary = vocabulary_of(loaded)
    return tuple(
        Alternative(token_id, *vocabulary.entry(token_id), log_prob, rank)
        for rank, (token_id, log_prob) in enumerate(zip(ids, log_probs, strict=True), start=1)
    )
