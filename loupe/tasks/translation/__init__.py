"""Translation: a text in another language, by a sequence-to-sequence model.

query: the question and the answer. directions: from which language to which. predict: a
translation with its scores. user_translation: one's own, forced. reference: chrF and BLEU.
document: long texts. check: the same numbers by another way. export: tables. training: its side of
a run.
"""

from __future__ import annotations

from loupe.engine import ModelKey, Pool, Ticket
from loupe.engine.seq2seq.alignment import Alignment
from loupe.engine.seq2seq.decode import Ending
from loupe.engine.seq2seq.progress import every_token
from loupe.engine.seq2seq.sentences import LineBreaks
from loupe.engine.turns import TurnWork
from loupe.tasks.translation.check import CheckReport, check
from loupe.tasks.translation.directions import (
    Direction,
    DirectionKind,
    Directions,
    Pasted,
    directions,
    nearest,
    same_language,
    settle,
    to_strip,
)
from loupe.tasks.translation.document import (
    DocumentQuery,
    DocumentResult,
    DocumentRow,
    document_in_turns,
    translate_document,
)
from loupe.tasks.translation.predict import look, predict
from loupe.tasks.translation.query import (
    AUTO_CLASS,
    MAX_TOP_K,
    TASK,
    TranslationQuery,
    TranslationResult,
    continue_from,
)
from loupe.tasks.translation.reference import ReferenceScores, score_each, score_reference
from loupe.tasks.translation.user_translation import UserTranslation, preferred, score_own

__all__ = [
    "AUTO_CLASS",
    "MAX_TOP_K",
    "TASK",
    "Alignment",
    "CheckReport",
    "Direction",
    "DirectionKind",
    "Directions",
    "DocumentQuery",
    "DocumentResult",
    "DocumentRow",
    "Ending",
    "LineBreaks",
    "Pasted",
    "ReferenceScores",
    "TranslationQuery",
    "TranslationResult",
    "UserTranslation",
    "check",
    "continue_from",
    "directions",
    "document_in_turns",
    "look",
    "nearest",
    "predict",
    "preferred",
    "same_language",
    "score_each",
    "score_own",
    "score_reference",
    "settle",
    "submit",
    "submit_check",
    "submit_directions",
    "submit_document",
    "submit_look",
    "submit_own",
    "to_strip",
    "translate_document",
]


def submit(pool: Pool, key: ModelKey, query: TranslationQuery) -> Ticket[TranslationResult]:
    """Ask the checkpoint's worker; an equal question already under way is answered once."""
    return pool.submit(
        key,
        lambda loaded, ticket: predict(loaded, query, every_token(ticket, query.max_new_tokens)),
        single_flight=(TASK, query),
    )


def submit_document(pool: Pool, key: ModelKey, query: DocumentQuery) -> Ticket[DocumentResult]:
    """Ask for a whole document; the ticket tells how many sentences are done.

    Between two of its batches the model answers whoever else waits.
    """
    work = TurnWork(lambda loaded, ticket, _batch: document_in_turns(loaded, query, ticket), rows=0)
    return pool.submit(key, work)


def submit_directions(pool: Pool, key: ModelKey) -> Ticket[Directions]:
    """Ask what the checkpoint offers."""
    return pool.submit(
        key, lambda loaded, _ticket: directions(loaded), single_flight=(TASK, "directions")
    )


def submit_own(
    pool: Pool, key: ModelKey, result: TranslationResult, text: str
) -> Ticket[UserTranslation]:
    """Ask what the model thinks of one's own translation of the same source."""
    return pool.submit(key, lambda loaded, _ticket: score_own(loaded, result, text))


def submit_look(pool: Pool, key: ModelKey, result: TranslationResult) -> Ticket[Alignment]:
    """Ask where the decoder looked."""
    return pool.submit(key, lambda loaded, _ticket: look(loaded, result))


def submit_check(pool: Pool, key: ModelKey, result: TranslationResult) -> Ticket[CheckReport]:
    """Ask the checkpoint's worker to recompute a result by another way."""
    total = len(result.target.tokens)
    return pool.submit(
        key, lambda loaded, ticket: check(loaded, result, every_token(ticket, total))
    )
