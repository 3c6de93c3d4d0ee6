"""Text classification: which label fits a text, or a pair of texts.

query: the question and the answer. predict: all labels' scores. check: the same by another way.
batch: many texts. judge: those against their true labels. shorten: what fits of a long text.
export: tables. training: its side of a run.
"""

from __future__ import annotations

from loupe.engine import ModelKey, Pool, Ticket
from loupe.engine.labels import label_names
from loupe.engine.recompute import CheckReport
from loupe.engine.turns import TurnWork
from loupe.tasks.text_classification.batch import (
    MAX_TEXTS,
    BatchQuery,
    BatchResult,
    BatchRow,
    classify_all,
    classify_in_turns,
)
from loupe.tasks.text_classification.check import check
from loupe.tasks.text_classification.judge import judge
from loupe.tasks.text_classification.predict import meaning_of, predict
from loupe.tasks.text_classification.query import (
    AUTO_CLASS,
    TASK,
    LabelScore,
    Meaning,
    TextClassificationQuery,
    TextClassificationResult,
)
from loupe.tasks.text_classification.shorten import shorten

__all__ = [
    "AUTO_CLASS",
    "MAX_TEXTS",
    "TASK",
    "BatchQuery",
    "BatchResult",
    "BatchRow",
    "CheckReport",
    "LabelScore",
    "Meaning",
    "TextClassificationQuery",
    "TextClassificationResult",
    "check",
    "classify_all",
    "judge",
    "predict",
    "shorten",
    "submit",
    "submit_batch",
    "submit_check",
    "submit_labels",
    "submit_shorten",
]


def submit(
    pool: Pool, key: ModelKey, query: TextClassificationQuery
) -> Ticket[TextClassificationResult]:
    """Ask the checkpoint's worker; an equal question already under way is answered once."""
    return pool.submit(
        key, lambda loaded, _ticket: predict(loaded, query), single_flight=(TASK, query)
    )


def submit_check(
    pool: Pool, key: ModelKey, result: TextClassificationResult
) -> Ticket[CheckReport]:
    """Ask the checkpoint's worker to recompute a result by another way."""
    return pool.submit(key, lambda loaded, _ticket: check(loaded, result))


def submit_shorten(
    pool: Pool, key: ModelKey, query: TextClassificationQuery
) -> Ticket[TextClassificationQuery]:
    """Ask for the part of the texts that the model can read."""
    return pool.submit(key, lambda loaded, _ticket: shorten(loaded, query))


def submit_batch(pool: Pool, key: ModelKey, query: BatchQuery) -> Ticket[BatchResult]:
    """Ask for many texts; the ticket tells how many are done.

    Between two batches the model answers whoever else waits.
    """
    work = TurnWork(lambda loaded, ticket, _batch: classify_in_turns(loaded, query, ticket), rows=0)
    return pool.submit(key, work)


def submit_labels(pool: Pool, key: ModelKey) -> Ticket[tuple[tuple[str, ...], Meaning]]:
    """Ask which labels the checkpoint has, in its order, and what its scores say."""
    return pool.submit(
        key,
        lambda loaded, _ticket: (label_names(loaded.model.config), meaning_of(loaded.model.config)),
        single_flight=(TASK, "labels"),
    )
