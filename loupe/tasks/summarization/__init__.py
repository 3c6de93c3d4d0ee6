"""Summarisation: a shorter text, by a sequence-to-sequence model.

query: the question and the answer. predict: a summary with its scores, where the decoder looked,
and the same numbers by another way. extractive: how short it is, and how much is copied.
user_summary: somebody else's, forced. reference: ROUGE. document: long texts. export: tables.
training: its side of a run.
"""

from __future__ import annotations

from loupe.engine import ModelKey, Pool, Ticket
from loupe.engine.seq2seq.alignment import Alignment
from loupe.engine.seq2seq.decode import Ending
from loupe.engine.seq2seq.progress import every_token
from loupe.engine.seq2seq.recompute import CheckReport
from loupe.engine.seq2seq.sentences import LineBreaks
from loupe.engine.turns import TurnWork
from loupe.tasks.summarization.document import (
    SummaryDocumentQuery,
    SummaryDocumentResult,
    SummaryRow,
    document_in_turns,
    summarize_document,
)
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
from loupe.tasks.summarization.reference import (
    Rouge,
    RougeScores,
    score_reference,
    score_references,
)
from loupe.tasks.summarization.user_summary import score_own
from loupe.traces import TokenTrace

__all__ = [
    "AUTO_CLASS",
    "MAX_TOP_K",
    "TASK",
    "Alignment",
    "CheckReport",
    "Copying",
    "Ending",
    "LineBreaks",
    "Rouge",
    "RougeScores",
    "SummarizationQuery",
    "SummarizationResult",
    "SummaryDocumentQuery",
    "SummaryDocumentResult",
    "SummaryRow",
    "check",
    "continue_from",
    "copied_shares",
    "document_in_turns",
    "instruction",
    "look",
    "predict",
    "score_own",
    "score_reference",
    "score_references",
    "shorten",
    "submit",
    "submit_check",
    "submit_document",
    "submit_look",
    "submit_own",
    "submit_shorten",
    "summarize_document",
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


def submit_document(
    pool: Pool, key: ModelKey, query: SummaryDocumentQuery
) -> Ticket[SummaryDocumentResult]:
    """Ask for summaries of all parts of a document; the ticket tells how many are done.

    Between two of its batches the model answers whoever else waits.
    """
    work = TurnWork(lambda loaded, ticket, _batch: document_in_turns(loaded, query, ticket), rows=0)
    return pool.submit(key, work)


def submit_own(
    pool: Pool, key: ModelKey, result: SummarizationResult, text: str
) -> Ticket[TokenTrace]:
    """Ask how likely the model finds another summary of the same source."""
    return pool.submit(key, lambda loaded, _ticket: score_own(loaded, result, text))


def submit_look(pool: Pool, key: ModelKey, result: SummarizationResult) -> Ticket[Alignment]:
    """Ask where the decoder looked."""
    return pool.submit(key, lambda loaded, _ticket: look(loaded, result))


def submit_check(pool: Pool, key: ModelKey, result: SummarizationResult) -> Ticket[CheckReport]:
    """Ask the checkpoint's worker to recompute a result by another way."""
    total = len(result.target.tokens)
    return pool.submit(
        key, lambda loaded, ticket: check(loaded, result, every_token(ticket, total))
    )
