"""Many texts, decoded batch by batch, with progress and a way to stop."""

from __future__ import annotations

from collections.abc import Sequence

from loupe.engine.batches import plan
from loupe.engine.loaded import LoadedModel
from loupe.engine.parts import Turns, Watch, finish
from loupe.engine.seq2seq.decode import Decoded, decode
from loupe.engine.seq2seq.settings import DecodeSettings

UNIT = "sentences"
# Source tokens of one batch, padding counted, divided by the number of beams. At opus-mt's shape on
# one thread, 200 sentences took 26.7, 22.7, 22.1 and 26.9 s with 512, 1024, 2048 and 4096; smaller
# batches tell more often how far they are. The accelerator's is a guess within its memory.
CPU_TOKENS = 1024
ACCELERATOR_TOKENS = 16_384


def decode_all(
    loaded: LoadedModel,
    sources: Sequence[Sequence[int]],
    settings: DecodeSettings,
    watch: Watch | None = None,
    *,
    budget_tokens: int | None = None,
    exact_lengths: Sequence[int] | None = None,
) -> list[Decoded]:
    """Decode all of them, in their order; equal sources are decoded once. See `decode_in_turns`."""
    return finish(
        decode_in_turns(
            loaded,
            sources,
            settings,
            watch,
            budget_tokens=budget_tokens,
            exact_lengths=exact_lengths,
        )
    )


def decode_in_turns(
    loaded: LoadedModel,
    sources: Sequence[Sequence[int]],
    settings: DecodeSettings,
    watch: Watch | None = None,
    *,
    budget_tokens: int | None = None,
    exact_lengths: Sequence[int] | None = None,
) -> Turns[list[Decoded]]:
    """The same, one batch a turn, so that others who wait for the model get theirs in between.

    watch: told how many are done after each batch, and asked at each token whether to stop.
    budget_tokens, exact_lengths: for measurements; see `plan` and `decode`.
    Raises as `decode`, and Cancelled.
    """
    places: dict[tuple[int, ...], list[int]] = {}
    for i, source in enumerate(sources):
        # With lengths of their own, equal sources have different outputs.
        key = (*source, -1, i) if exact_lengths is not None else tuple(source)
        places.setdefault(key, []).append(i)
    unique = [sources[same[0]] for same in places.values()]
    everywhere = list(places.values())
    if budget_tokens is None:
        on_cpu = loaded.device.type == "cpu"
        budget_tokens = (CPU_TOKENS if on_cpu else ACCELERATOR_TOKENS) // settings.num_beams
    found: list[Decoded | None] = [None] * len(sources)
    done = 0
    weights = [len(source) for source in unique]
    if exact_lengths is not None:
        weights = [max(n, exact_lengths[s[0]]) for n, s in zip(weights, everywhere, strict=True)]
    for batch in plan(weights, budget_tokens):
        if watch is not None:
            watch.raise_if_cancelled()
            watch.report(done, len(sources), UNIT)
        outputs = decode(
            loaded,
            [unique[i] for i in batch],
            settings,
            on_token=None if watch is None else lambda _tokens: watch.raise_if_cancelled(),
            exact_lengths=exact_lengths and [exact_lengths[everywhere[i][0]] for i in batch],
        )
        for i, output in zip(batch, outputs, strict=True):
            for place in everywhere[i]:
                found[place] = output
                done += 1
        yield ()
    if watch is not None:
        watch.report(done, len(sources), UNIT)
    complete = [output for output in found if output is not None]
    assert len(complete) == len(sources)
    return complete
