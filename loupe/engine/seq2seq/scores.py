"""What a model thinks of a given output: every token's score, given the source and those before."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.decode import encoder_inputs
from loupe.engine.seq2seq.settings import Start
from loupe.scoring import Scores, score

# Rows of (tokens, vocabulary) that are turned into float32 probabilities at once.
_CHUNK_TOKENS = 64


def score_target(
    loaded: LoadedModel,
    source_ids: Sequence[int],
    start: Start,
    target_ids: Sequence[int],
    top_k: int,
) -> Scores:
    """Score each of `target_ids` (T ≥ 1) by one forward over source and target.

    From the raw logits as the model gives them, its bias and its scaling included: nothing that the
    checkpoint forbids or forces when it decodes takes part. They equal `output_logits` of generate.
    """
    logits = target_logits(loaded, source_ids, start, target_ids)  # (T, V)
    targets = torch.tensor(target_ids, device=logits.device)
    parts = [
        score(torch.log_softmax(logits[chunk].float(), dim=-1), targets[chunk], top_k)
        for chunk in (
            slice(first, first + _CHUNK_TOKENS) for first in range(0, len(targets), _CHUNK_TOKENS)
        )
    ]
    return Scores(
        log_prob=torch.cat([part.log_prob for part in parts if part.log_prob is not None]),
        rank=torch.cat([part.rank for part in parts if part.rank is not None]),
        entropy_nats=torch.cat([part.entropy_nats for part in parts]),
        top_ids=torch.cat([part.top_ids for part in parts]),
        top_log_probs=torch.cat([part.top_log_probs for part in parts]),
        rest_prob=torch.cat([part.rest_prob for part in parts]),
    )


def target_logits(
    loaded: LoadedModel, source_ids: Sequence[int], start: Start, target_ids: Sequence[int]
) -> torch.Tensor:
    """(T, V), what is expected at each place of the target, in the model's own precision."""
    logits: torch.Tensor = loaded.model(
        **encoder_inputs(loaded, [source_ids]),
        decoder_input_ids=forced_input(loaded, start, target_ids),
        use_cache=False,
    ).logits[0]
    return logits[len(start.ids) - 1 :]


def forced_input(loaded: LoadedModel, start: Start, target_ids: Sequence[int]) -> torch.Tensor:
    """What the decoder reads so that it expects each target token in turn: (1, start + T - 1)."""
    assert target_ids
    return torch.tensor([[*start.ids, *target_ids[:-1]]], device=loaded.device)
