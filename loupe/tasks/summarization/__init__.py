"""Summarisation: a shorter text, by a sequence-to-sequence model.

query: the question and the answer. predict: a summary with its scores, where the decoder looked,
and the same numbers by another way. extractive: how short it is, and how much is copied.
reference: ROUGE. export: tables. training: its side of a run.
"""

from __future__ import annotations

from loupe.engine import ModelKey, Pool, Ticket
from loupe.engine.seq2seq.alignment import Alignment
from loupe.engine.seq2seq.decode import Ending
from loupe.engine.seq2seq.progress import every_token
from loupe.engine.seq2seq.recompute import CheckReport
from loupe.tasks.summarization.extractive import Copying, copied_shares
from loupe.tasks.summarization.predict import check, instruction, look, predict, shorten
from loupe.tasks.summarization.query import (
    AUTO_CLASS,
    MAX_TOP_K,
    TASK,
    SummarizationQuery,
    SummarizationResult,
    continue_from,
)
from loupe.tasks.summarization.reference import Rouge, RougeScores, score_reference

__all__ = [
    "AUTO_CLASS",
    "MAX_TOP_K",
    "TASK",
    "Alignment",
    "CheckReport",
    "Copying",
    "Ending",
    "Rouge",
    "RougeScores",
    "SummarizationQuery",
    "SummarizationResult",
    "check",
    "continue_from",
    "copied_shares",
    "instruction",
    "look",
    "predict",
    "score_reference",
    "shorten",
    "submit",
    "submit_check",
    "submit_look",
    "submit_shorten",
]


def submit(pool: Pool, key: ModelKey, query: SummarizationQuery) -> Ticket[SummarizationResult]:
    """Ask the checkpoint's worker; an equal question already under way is answered once."""
    return pool.submit(
        key,
        lambda loaded, ticket: predict(loaded, query, every_token(ticket, query.max_new_tokens)),
        single_flight=(TASK, query),
    )


def submit_shorten(
    pool: Pool, key: ModelKey, query: SummarizationQuery
) -> Ticket[SummarizationQuery]:
    """Ask for the part of the text that the model can read."""
    return pool.submit(key, lambda loaded, _ticket: shorten(loaded, query))


def submit_look(pool: Pool, key: ModelKey, result: SummarizationResult) -> Ticket[Alignment]:
    """Ask where the decoder looked."""
    return pool.submit(key, lambda loaded, _ticket: look(loaded, result))


def submit_check(pool: Pool, key: ModelKey, result: SummarizationResult) -> Ticket[CheckReport]:
    """Ask the checkpoint's worker to recompute a result by another way."""
    total = len(result.target.tokens)
    return pool.submit(
        key, lambda loaded, ticket: check(loaded, result, every_token(ticket, total))
    )
