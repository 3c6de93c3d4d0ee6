"""A summary, and what the model thought of each of its tokens."""

from __future__ import annotations

from dataclasses import replace

from loupe.engine.fitting import count_tokens, keep_beginning
from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.alignment import Alignment, align
from loupe.engine.seq2seq.decode import OnToken
from loupe.engine.seq2seq.outputs import write
from loupe.engine.seq2seq.pieces import tokens_around
from loupe.engine.seq2seq.recompute import CheckReport, recompute
from loupe.engine.seq2seq.settings import (
    DecodeSettings,
    kept_settings,
    start_of,
    task_parameters,
    task_settings,
)
from loupe.engine.seq2seq.texts import readable_tokens
from loupe.tasks.summarization.extractive import Copying, copied_shares
from loupe.tasks.summarization.query import TASK, SummarizationQuery, SummarizationResult
from loupe.traces import TokenKind

# A cut text may be tokenised into a few more pieces at its edge.
_SPARE_TOKENS = 4


def predict(
    loaded: LoadedModel, query: SummarizationQuery, on_token: OnToken | None = None
) -> SummarizationResult:
    """Summarise one text, and score every token of the summary.

    Scores are log-probabilities in nats over the whole vocabulary, from the raw logits of one
    forward over source and target: neither beams nor what the checkpoint forbids takes part.
    on_token: called after each token with the number of those written; may raise to stop.
    Raises TextTooLong, EmptyText, and InvalidInput for a prefix that leaves no room.
    """
    said = instruction(loaded, query)
    settings = DecodeSettings(
        start_of(loaded),
        query.num_beams,
        query.max_new_tokens,
        query.prefix,
        task_settings(loaded, TASK),
    )
    written = write(loaded, said + query.text, settings, query.top_k, on_token=on_token)
    own = [token for token in written.target.tokens if token.kind is not TokenKind.SPECIAL]
    copying = Copying(
        source_characters=len(query.text.strip()),
        target_characters=len(written.target.text.strip()),
        source_tokens=count_tokens(loaded, query.text),
        target_tokens=len(own),
        copied=copied_shares(query.text, written.target.text),
    )
    return SummarizationResult(
        query=query,
        instruction=said,
        source=written.source,
        target=written.target,
        start=written.start,
        ending=written.ending,
        limit=written.limit,
        copying=copying,
        kept=kept_settings(loaded, settings),
    )


def instruction(loaded: LoadedModel, query: SummarizationQuery) -> str:
    """What is put before the text: the question's own, else what the checkpoint names."""
    return named_instruction(loaded) if query.instruction is None else query.instruction


def named_instruction(loaded: LoadedModel) -> str:
    """What the checkpoint wants before a text that it is to summarise; empty where nothing."""
    return str(task_parameters(loaded, TASK).get("prefix") or "")


def shorten(loaded: LoadedModel, query: SummarizationQuery) -> SummarizationQuery:
    """The same question about the beginning of its text, as much as the model reads.

    The same question where all of it fits.
    """
    said = instruction(loaded, query)
    room = readable_tokens(loaded) - tokens_around(loaded, said)
    if count_tokens(loaded, query.text) <= room:
        return query
    return replace(query, text=keep_beginning(loaded, query.text, room - _SPARE_TOKENS))


def look(loaded: LoadedModel, result: SummarizationResult) -> Alignment:
    """Where the decoder looked while it wrote a summary. Raises InvalidInput."""
    return align(loaded, result.written)


def check(
    loaded: LoadedModel, result: SummarizationResult, on_token: OnToken | None = None
) -> CheckReport:
    """Recompute every number of a result, token by token; see `recompute`."""
    return recompute(loaded, result.written, on_token)
