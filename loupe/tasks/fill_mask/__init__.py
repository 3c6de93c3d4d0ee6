"""Fill mask: what a masked language model expects where a token is hidden.

query: the question and the answer. predict: the distributions. words: scores of chosen words.
check: the same numbers by another way. compare: two checkpoints on one text. export: tables.
"""

from __future__ import annotations

from loupe.engine import ModelKey, Pool, Ticket
from loupe.engine.recompute import CheckReport
from loupe.tasks.fill_mask.check import check
from loupe.tasks.fill_mask.compare import Comparison, compare, is_plain_word, shared_words
from loupe.tasks.fill_mask.predict import predict, read
from loupe.tasks.fill_mask.query import (
    AUTO_CLASS,
    MAX_TOP_K,
    MAX_WORDS,
    TASK,
    FillMaskQuery,
    FillMaskResult,
    ScoredPiece,
    WordScore,
    final_stop,
    lacks_final_stop,
)
from loupe.tasks.fill_mask.shorten import shorten
from loupe.traces import TokenTrace

__all__ = [
    "AUTO_CLASS",
    "MAX_TOP_K",
    "MAX_WORDS",
    "TASK",
    "CheckReport",
    "Comparison",
    "FillMaskQuery",
    "FillMaskResult",
    "ScoredPiece",
    "WordScore",
    "check",
    "compare",
    "final_stop",
    "is_plain_word",
    "lacks_final_stop",
    "predict",
    "read",
    "shared_words",
    "shorten",
    "submit",
    "submit_check",
    "submit_read",
    "submit_shorten",
]


def submit(pool: Pool, key: ModelKey, query: FillMaskQuery) -> Ticket[FillMaskResult]:
    """Ask the checkpoint's worker; an equal question already under way is answered once."""
    return pool.submit(
        key, lambda loaded, _ticket: predict(loaded, query), single_flight=(TASK, query)
    )


def submit_check(pool: Pool, key: ModelKey, result: FillMaskResult) -> Ticket[CheckReport]:
    """Ask the checkpoint's worker to recompute a result by another way."""
    return pool.submit(key, lambda loaded, _ticket: check(loaded, result))


def submit_read(pool: Pool, key: ModelKey, query: FillMaskQuery) -> Ticket[TokenTrace]:
    """Ask for the tokens alone."""
    return pool.submit(
        key, lambda loaded, _ticket: read(loaded, query), single_flight=("read", query)
    )


def submit_shorten(pool: Pool, key: ModelKey, query: FillMaskQuery) -> Ticket[str]:
    """Ask for the part of a text that the model can read."""
    return pool.submit(key, lambda loaded, _ticket: shorten(loaded, query))
