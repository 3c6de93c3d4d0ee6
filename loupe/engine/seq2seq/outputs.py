"""One text to another, with all that the model thought of each token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.decode import Ending, OnToken, decode
from loupe.engine.seq2seq.scores import score_target
from loupe.engine.seq2seq.settings import DecodeSettings, Start, decoder_positions
from loupe.engine.seq2seq.texts import (
    check_ids,
    read_source,
    read_target,
    target_ids,
    with_scores,
)
from loupe.engine.tracing import trace_of
from loupe.errors import TextTooLong
from loupe.traces import TokenTrace


@dataclass(frozen=True, slots=True)
class Written:
    """An output and its source.

    source: as the model read it, without scores. target: every token but the start, with its
    log-probability, rank, entropy and alternatives. start: what stands before it.
    limit: the most tokens that it could have had.
    """

    source: TokenTrace
    target: TokenTrace
    start: Start
    ending: Ending
    limit: int


def write(
    loaded: LoadedModel,
    text: str,
    settings: DecodeSettings,
    top_k: int,
    *,
    language: str | None = None,
    on_token: OnToken | None = None,
) -> Written:
    """Decode one text and score the output. language: of the source, where the tokenizer asks.

    Raises TextTooLong, EmptyText, InvalidInput, and whatever `on_token` raises.
    """
    check_ids(loaded, settings.prefix)
    encoding = read_source(loaded, text, language)
    (decoded,) = decode(loaded, [encoding.input_ids], settings, on_token=on_token)
    target = scored(loaded, encoding.input_ids, settings.start, decoded.ids, top_k)
    source = trace_of(loaded, text, encoding.records, target.vocab_size)
    return Written(source, target, settings.start, decoded.ending, decoded.limit)


def scored(
    loaded: LoadedModel,
    source_ids: Sequence[int],
    start: Start,
    ids: Sequence[int],
    top_k: int,
) -> TokenTrace:
    """A given target with the model's scores, whoever wrote it."""
    text, records = read_target(loaded, ids)
    scores = score_target(loaded, source_ids, start, ids, top_k)
    vocab_size = loaded.model.get_output_embeddings().weight.shape[0]
    return trace_of(loaded, text, with_scores(loaded, records, scores), vocab_size)


def read_own(
    loaded: LoadedModel, text: str, start: Start, language: str | None = None
) -> tuple[int, ...]:
    """The ids of a target that somebody wrote. Raises EmptyText, TextTooLong, InvalidInput."""
    ids = target_ids(loaded, text, language)
    positions = decoder_positions(loaded)
    if positions is not None and len(start.ids) + len(ids) - 1 > positions:
        raise TextTooLong(
            "Your text is {tokens} tokens long; this model writes at most {limit}.",
            "Shorten it.",
            tokens=len(ids),
            limit=positions - len(start.ids) + 1,
        )
    return ids


def ids_of(trace: TokenTrace) -> tuple[int, ...]:
    """What the model read or wrote."""
    return tuple(token.token_id for token in trace.tokens)


def log_prob_of(trace: TokenTrace) -> float:
    """Nats, the sum over all tokens of a scored target."""
    return sum(token.log_prob for token in trace.tokens if token.log_prob is not None)
