"""A translation, and what the model thought of each of its tokens."""

from __future__ import annotations

from typing import Any

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.alignment import Alignment, align
from loupe.engine.seq2seq.decode import OnToken
from loupe.engine.seq2seq.languages import start_for
from loupe.engine.seq2seq.outputs import write
from loupe.engine.seq2seq.settings import DecodeSettings, kept_settings, task_settings
from loupe.tasks.translation.directions import Direction, DirectionKind, directions, settle
from loupe.tasks.translation.query import TranslationQuery, TranslationResult


def predict(
    loaded: LoadedModel, query: TranslationQuery, on_token: OnToken | None = None
) -> TranslationResult:
    """Translate one text, and score every token of the translation.

    Scores are log-probabilities in nats over the whole vocabulary, from the raw logits of one
    forward over source and target: neither beams nor what the checkpoint forbids takes part.
    on_token: called after each token with the number of those written; may raise to stop.
    Raises TextTooLong, EmptyText, and InvalidInput for an unknown language, or a prefix that
    leaves no room.
    Source: Sutskever et al. 2014, section 2 (left to right, given the source).
    """
    direction, text = settle(directions(loaded), query.direction, query.text)
    source, target = codes(direction)
    settings = DecodeSettings(
        start_for(loaded, target),
        query.num_beams,
        query.max_new_tokens,
        query.prefix,
        own_settings(loaded, direction),
    )
    written = write(
        loaded,
        direction.prefix + text,
        settings,
        query.top_k,
        language=source,
        on_token=on_token,
    )
    return TranslationResult(
        query=query,
        direction=direction,
        source=written.source,
        target=written.target,
        start=written.start,
        ending=written.ending,
        limit=written.limit,
        kept=kept_settings(loaded, settings),
    )


def look(loaded: LoadedModel, result: TranslationResult) -> Alignment:
    """Where the decoder looked while it wrote a translation. Raises InvalidInput."""
    return align(loaded, result.written)


def own_settings(loaded: LoadedModel, direction: Direction) -> tuple[tuple[str, Any], ...]:
    """What the checkpoint's authors set for this direction alone."""
    return task_settings(loaded, f"translation_{direction.source}_to_{direction.target}")


def codes(direction: Direction) -> tuple[str | None, str | None]:
    """(source, target) that the tokenizer is set to; None where the direction needs none."""
    if direction.kind is not DirectionKind.LANGUAGES:
        return None, None
    return direction.source, direction.target
