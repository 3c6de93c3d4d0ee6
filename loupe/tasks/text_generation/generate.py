"""Texts written token by token, shown while they grow, every token scored by the raw logits."""

from __future__ import annotations

import time
from collections.abc import Sequence

from loupe.engine.decoding import Row, RowBatch
from loupe.engine.decoding.key_values import is_plain
from loupe.engine.decoding.memory import refuse_too_large
from loupe.engine.expectation import Expectation, expectations
from loupe.engine.loaded import LoadedModel
from loupe.engine.ticket import Ticket
from loupe.engine.turns import Steps, TurnWork
from loupe.tasks.text_generation.growing import GrowingText
from loupe.tasks.text_generation.prompt import Prompt, read_prompt
from loupe.tasks.text_generation.query import (
    ALTERNATIVES,
    GenerationQuery,
    GenerationResult,
    Timing,
)

UNIT_PROMPT = "prompt tokens"
UNIT_NEW = "tokens"


def generation(query: GenerationQuery) -> TurnWork[GenerationResult]:
    """The work of one query, greedy or sampling; it runs beside others of the same checkpoint.

    Progress counts the prompt's tokens, then the new ones of the longest text; `partial` is then
    the GenerationResult up to here. Raises TextTooLong, EmptyText, InvalidInput.
    """
    assert query.num_beams == 1

    def begin(
        loaded: LoadedModel, ticket: Ticket[GenerationResult], batch: RowBatch
    ) -> Steps[GenerationResult]:
        return _write(loaded, ticket, batch, query)

    return TurnWork(begin, rows=query.num_samples)


def _write(
    loaded: LoadedModel,
    ticket: Ticket[GenerationResult],
    batch: RowBatch,
    query: GenerationQuery,
) -> Steps[GenerationResult]:
    began = time.perf_counter()
    query.sampling.check(loaded.model.get_input_embeddings().weight.shape[0])
    prompt = read_prompt(loaded, query)
    longest = len(prompt.ids) + len(query.chosen) + query.max_new_tokens
    longest = min(longest, loaded.context_length or longest)
    refuse_too_large(loaded, query.num_samples, longest)
    first = batch.open([*prompt.ids, *query.chosen], _known)
    rows = [first]
    try:
        while first.pending:
            yield rows
            note_what_was_read(loaded, first)
            ticket.report(len(first.ids), first.length, UNIT_PROMPT)
        cut = is_plain(first.cache)
        rows += [batch.fork(first) for _ in range(query.num_samples - 1)]
        texts = [GrowingText(loaded, query, prompt, row, i) for i, row in enumerate(rows)]
        first_token_s = None
        while True:
            growing = [text for text in texts if text.finish is None]
            for text in growing:
                if not text.row.pending:
                    text.write()
            if first_token_s is None:
                first_token_s = time.perf_counter() - began
            timing = Timing(
                time.perf_counter() - began,
                first_token_s,
                sum(text.written for text in texts),
                first.reused,
                cut,
            )
            result = _result(query, prompt, texts, timing)
            ticket.report(
                max(text.written for text in texts), query.max_new_tokens, UNIT_NEW, result
            )
            growing = [text for text in growing if text.finish is None]
            if not growing:
                return result
            yield [text.row for text in growing]
    finally:
        for row in rows:
            batch.close(row)


def _result(
    query: GenerationQuery, prompt: Prompt, texts: Sequence[GrowingText], timing: Timing
) -> GenerationResult:
    return GenerationResult(query, prompt.text, tuple(text.sample() for text in texts), timing)


def _known(note: Expectation | None, token_id: int) -> Expectation | None:
    return None if note is None else note.of_other(token_id)


def note_what_was_read(loaded: LoadedModel, row: Row) -> None:
    """Score what the row read at its last turn: `notes` then reach to the token after it."""
    assert row.logits is not None
    if not row.notes:
        row.notes.append(None)  # nothing stands before the first token
    ids = row.text_ids()
    start = len(row.ids) - row.logits.shape[0]  # logits[i] expects the token at start + 1 + i
    wanted = range(max(len(row.notes), start + 1), min(len(row.ids) + 1, len(ids)))
    if wanted:
        logits = row.logits[wanted.start - start - 1 : wanted.stop - start - 1]
        row.notes += expectations(loaded, logits, [ids[i] for i in wanted], ALTERNATIVES)
