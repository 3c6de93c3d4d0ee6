"""Token classification: a tag for every word, and the entities that the tags mark.

query: the question and the answer. words: where words stand. schemes: BIO and its kin; irregular:
what breaks their rules. predict: the tags. aggregation: other ways to join them. check: the same by
another way. batch: many texts. given_words, judge: tagged sentences against their true tags.
shorten: what fits of a long text. export: tables. training: its side of a run.
"""

from __future__ import annotations

from collections.abc import Sequence

from loupe.engine import ModelKey, Pool, Ticket
from loupe.engine.labels import label_names
from loupe.engine.turns import TurnWork
from loupe.tasks.token_classification.aggregation import (
    STRATEGIES,
    Aggregation,
    Joined,
    aggregate,
)
from loupe.tasks.token_classification.batch import (
    MAX_TEXTS,
    BatchQuery,
    BatchResult,
    BatchRow,
    tag_all,
    tag_in_turns,
)
from loupe.tasks.token_classification.check import CheckReport, check
from loupe.tasks.token_classification.entity_scores import Totals, totals
from loupe.tasks.token_classification.given_words import (
    TaggedSentence,
    tag_sentences,
    tag_sentences_in_turns,
)
from loupe.tasks.token_classification.irregular import Fault, Irregular, find_irregular
from loupe.tasks.token_classification.judge import judge, names_of, refuse_mixed
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
    "MAX_TEXTS",
    "STRATEGIES",
    "TASK",
    "Aggregation",
    "BatchQuery",
    "BatchResult",
    "BatchRow",
    "CheckReport",
    "Entity",
    "Fault",
    "Irregular",
    "Joined",
    "Scheme",
    "TaggedSentence",
    "TaggedWord",
    "TokenClassificationQuery",
    "TokenClassificationResult",
    "Totals",
    "aggregate",
    "check",
    "find_irregular",
    "judge",
    "names_of",
    "predict",
    "refuse_mixed",
    "shorten",
    "submit",
    "submit_aggregation",
    "submit_batch",
    "submit_check",
    "submit_labels",
    "submit_sentences",
    "submit_shorten",
    "tag_all",
    "tag_sentences",
    "totals",
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


def submit_aggregation(
    pool: Pool, key: ModelKey, query: TokenClassificationQuery
) -> Ticket[Aggregation]:
    """Ask how each strategy of transformers joins the tokens of a text."""
    return pool.submit(
        key,
        lambda loaded, _ticket: aggregate(loaded, query),
        single_flight=(TASK, "aggregation", query),
    )


def submit_batch(pool: Pool, key: ModelKey, query: BatchQuery) -> Ticket[BatchResult]:
    """Ask for many texts; the ticket tells how many are done.

    Between two batches the model answers whoever else waits.
    """
    work = TurnWork(lambda loaded, ticket, _batch: tag_in_turns(loaded, query, ticket), rows=0)
    return pool.submit(key, work)


def submit_sentences(
    pool: Pool, key: ModelKey, sentences: Sequence[Sequence[str]]
) -> Ticket[list[TaggedSentence]]:
    """Ask for a tag of each word of many sentences; like `submit_batch`."""
    work = TurnWork(
        lambda loaded, ticket, _batch: tag_sentences_in_turns(loaded, sentences, ticket), rows=0
    )
    return pool.submit(key, work)


def submit_labels(pool: Pool, key: ModelKey) -> Ticket[tuple[str, ...]]:
    """Ask which labels the checkpoint has, in its order."""
    return pool.submit(
        key,
        lambda loaded, _ticket: label_names(loaded.model.config),
        single_flight=(TASK, "labels"),
    )
