"""Zero-shot classification: how well labels of one's own fit a text, without any training.

query: the question and the answer. predict: all candidates' probabilities. check: the same by
another way. batch: many texts. shorten: what fits of a long text. export: tables.
"""

from __future__ import annotations

from loupe.engine import ModelKey, Pool, Ticket
from loupe.engine.recompute import CheckReport
from loupe.engine.turns import TurnWork
from loupe.tasks.zero_shot_classification.batch import (
    MAX_PAIRS,
    BatchQuery,
    BatchResult,
    BatchRow,
    predict_all,
    predict_many_in_turns,
)
from loupe.tasks.zero_shot_classification.check import check
from loupe.tasks.zero_shot_classification.predict import predict, predict_in_turns
from loupe.tasks.zero_shot_classification.query import (
    AUTO_CLASS,
    DEFAULT_TEMPLATE,
    MAX_LABELS,
    PLACE,
    TASK,
    Candidate,
    ZeroShotQuery,
    ZeroShotResult,
)
from loupe.tasks.zero_shot_classification.shorten import shorten

__all__ = [
    "AUTO_CLASS",
    "DEFAULT_TEMPLATE",
    "MAX_LABELS",
    "MAX_PAIRS",
    "PLACE",
    "TASK",
    "BatchQuery",
    "BatchResult",
    "BatchRow",
    "Candidate",
    "CheckReport",
    "ZeroShotQuery",
    "ZeroShotResult",
    "check",
    "predict",
    "predict_all",
    "shorten",
    "submit",
    "submit_batch",
    "submit_check",
    "submit_shorten",
]


def submit(pool: Pool, key: ModelKey, query: ZeroShotQuery) -> Ticket[ZeroShotResult]:
    """Ask the checkpoint's worker; an equal question already under way is answered once.

    Between two batches of labels the model answers whoever else waits.
    """
    work = TurnWork(lambda loaded, ticket, _batch: predict_in_turns(loaded, query, ticket), rows=0)
    return pool.submit(key, work, single_flight=(TASK, query))


def submit_check(pool: Pool, key: ModelKey, result: ZeroShotResult) -> Ticket[CheckReport]:
    """Ask the checkpoint's worker to recompute a result by another way."""
    return pool.submit(key, lambda loaded, _ticket: check(loaded, result))


def submit_shorten(pool: Pool, key: ModelKey, query: ZeroShotQuery) -> Ticket[ZeroShotQuery]:
    """Ask for the part of the text that the model can read."""
    return pool.submit(key, lambda loaded, _ticket: shorten(loaded, query))


def submit_batch(pool: Pool, key: ModelKey, query: BatchQuery) -> Ticket[BatchResult]:
    """Ask for many texts; the ticket tells how many pairs are done.

    Between two batches the model answers whoever else waits.
    """
    work = TurnWork(
        lambda loaded, ticket, _batch: predict_many_in_turns(loaded, query, ticket), rows=0
    )
    return pool.submit(key, work)
