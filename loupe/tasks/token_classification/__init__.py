"""Token classification: a tag for every word, and the entities that the tags mark.

query: the question and the answer. words: where words stand. schemes: BIO and its kin.
predict: the tags. check: the same by another way. shorten: what fits of a long text.
export: tables. training: its side of a run.
"""

from __future__ import annotations

from loupe.engine import ModelKey, Pool, Ticket
from loupe.tasks.token_classification.check import CheckReport, check
from loupe.tasks.token_classification.predict import predict
from loupe.tasks.token_classification.query import (
    AUTO_CLASS,
    TASK,
    Entity,
    TaggedWord,
    TokenClassificationQuery,
    TokenClassificationResult,
)
from loupe.tasks.token_classification.schemes import Scheme, type_of
from loupe.tasks.token_classification.shorten import shorten

__all__ = [
    "AUTO_CLASS",
    "TASK",
    "CheckReport",
    "Entity",
    "Scheme",
    "TaggedWord",
    "TokenClassificationQuery",
    "TokenClassificationResult",
    "check",
    "predict",
    "shorten",
    "submit",
    "submit_check",
    "submit_shorten",
    "type_of",
]


def submit(
    pool: Pool, key: ModelKey, query: TokenClassificationQuery
) -> Ticket[TokenClassificationResult]:
    """Ask the checkpoint's worker; an equal question already under way is answered once."""
    return pool.submit(
        key, lambda loaded, _ticket: predict(loaded, query), single_flight=(TASK, query)
    )


def submit_check(
    pool: Pool, key: ModelKey, result: TokenClassificationResult
) -> Ticket[CheckReport]:
    """Ask the checkpoint's worker to recompute a result by another way."""
    return pool.submit(key, lambda loaded, _ticket: check(loaded, result))


def submit_shorten(
    pool: Pool, key: ModelKey, query: TokenClassificationQuery
) -> Ticket[TokenClassificationQuery]:
    """Ask for the part of a text that the model can read."""
    return pool.submit(key, lambda loaded, _ticket: shorten(loaded, query))
