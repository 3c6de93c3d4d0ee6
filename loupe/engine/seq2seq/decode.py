"""Outputs for a batch of sources, by greedy search or beams, and why each of them ended."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.settings import (
    DecodeSettings,
    decoder_input,
    eos_ids,
    generation_config,
    padding_id,
    with_room,
)

# Called after each token with the number of those written, the start apart; may raise to stop.
OnToken = Callable[[int], object]


class Ending(StrEnum):
    """Why an output ended."""

    EOS = "eos"  # the model chose to end it
    FORCED_EOS = "forced_eos"  # the checkpoint demands an end where the length is reached
    MAX_NEW_TOKENS = "max_new_tokens"  # the length was reached in the middle
    PREFIX = "prefix"  # the given prefix itself ends it


@dataclass(frozen=True, slots=True)
class Decoded:
    """One output. ids: after the start, with the end-of-sequence token where there is one.

    limit: the most tokens that it could have had.
    """

    ids: tuple[int, ...]
    ending: Ending
    limit: int


def decode(
    loaded: LoadedModel,
    sources: Sequence[Sequence[int]],
    settings: DecodeSettings,
    *,
    on_token: OnToken | None = None,
    exact_lengths: Sequence[int] | None = None,
) -> list[Decoded]:
    """Decode a batch. sources: token ids as the encoder gets them, one row each, of any lengths.

    The result is the same for a row alone and in a batch, up to rounding: shorter rows are padded
    on the right and masked, and each stops by itself.
    Beams are compared as the checkpoint's length_penalty says; after a prefix, by what follows it.
    exact_lengths: for measurements; each row then ends after exactly so many tokens.
    Raises InvalidInput where the prefix leaves no room, and whatever `on_token` raises.
    Source: transformers, `GenerationMixin.generate`.
    """
    settings = with_room(loaded, settings)
    if settings.prefix and settings.prefix[-1] in eos_ids(loaded):
        limit = settings.max_new_tokens
        return [Decoded(settings.prefix, Ending.PREFIX, limit) for _ in sources]
    inputs = encoder_inputs(loaded, sources)
    start = torch.tensor([decoder_input(settings)] * len(sources), device=loaded.device)
    model = loaded.model
    # Put in its place, not passed along: what that leaves open would be taken from the model's.
    carried = model.generation_config
    resolved = generation_config(loaded, settings)
    try:
        model.generation_config = resolved
        sequences = model.generate(
            **inputs,
            decoder_input_ids=start,
            stopping_criteria=_watching(on_token, start.shape[1], settings),
            logits_processor=_processors(loaded, settings, exact_lengths, start.shape[1]),
        )  # (B, L)
    finally:
        model.generation_config = carried
    written = sequences[:, start.shape[1] :].tolist()
    if settings.start.forced_id is not None and not settings.prefix:
        written = [row[1:] for row in written]
    forced = resolved.forced_eos_token_id is not None
    return [
        _decoded([*settings.prefix, *row], settings.max_new_tokens, eos_ids(loaded), forced)
        for row in written
    ]


def encoder_inputs(
    loaded: LoadedModel, sources: Sequence[Sequence[int]]
) -> dict[str, torch.Tensor]:
    """input_ids and attention_mask, (B, S), padded on the right."""
    longest = max(map(len, sources))
    pad = padding_id(loaded)
    ids = [[*row, *[pad] * (longest - len(row))] for row in sources]
    mask = [[1] * len(row) + [0] * (longest - len(row)) for row in sources]
    return {
        "input_ids": torch.tensor(ids, device=loaded.device),
        "attention_mask": torch.tensor(mask, device=loaded.device),
    }


def _decoded(ids: list[int], limit: int, ends: frozenset[int], forced: bool) -> Decoded:
    """A row of a batch without what fills it up."""
    end = next((i for i, token_id in enumerate(ids) if token_id in ends), None)
    if end is None:
        return Decoded(tuple(ids[:limit]), Ending.MAX_NEW_TOKENS, limit)
    kept = tuple(ids[: end + 1])
    # At the last place the end is written whatever the model would have liked.
    by_force = forced and len(kept) == limit
    return Decoded(kept, Ending.FORCED_EOS if by_force else Ending.EOS, limit)


def _watching(on_token: OnToken | None, given: int, settings: DecodeSettings) -> Any:
    from transformers import StoppingCriteria, StoppingCriteriaList

    # What is counted as new, though it was not chosen, before the first token of the output.
    forced = settings.start.forced_id is not None and not settings.prefix

    class Watching(StoppingCriteria):  # type: ignore[misc]  # transformers is not typed for mypy
        def __call__(self, input_ids: torch.Tensor, *_: Any, **__: Any) -> torch.Tensor:
            if on_token is not None:
                on_token(input_ids.shape[1] - given - forced + len(settings.prefix))
            return torch.zeros(input_ids.shape[0], dtype=torch.bool, device=input_ids.device)

    return StoppingCriteriaList([Watching()])


def _processors(
    loaded: LoadedModel, settings: DecodeSettings, exact_lengths: Sequence[int] | None, given: int
) -> Any:
    from transformers import LogitsProcessor, LogitsProcessorList

    if exact_lengths is None:
        return LogitsProcessorList()
    ends = sorted(eos_ids(loaded))
    forced = settings.start.forced_id is not None and not settings.prefix
    start = given + forced - len(settings.prefix)
    lengths = torch.tensor(exact_lengths, device=loaded.device)

    class ExactLengths(LogitsProcessor):  # type: ignore[misc]
        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            rows = lengths.repeat_interleave(scores.shape[0] // len(lengths))
            written = input_ids.shape[1] - start
            if written < 0:
                return scores
            last = rows == written + 1
            scores[:, ends] = -torch.inf
            scores[last] = -torch.inf
            scores[last, ends[0]] = 0.0
            return scores

    return LogitsProcessorList([ExactLengths()])
