"""Text generation: what a causal language model writes after a text.

query: the question and the answer. prompt: what the model reads first. generate: the texts, token
by token. growing: one of them. branch: a text that goes on otherwise. beams: the most probable text
that is found. score_text: how surprising a given text is. check: the same numbers by another way.
"""

from __future__ import annotations

from loupe.engine import ModelKey, Pool, Ticket
from loupe.engine.recompute import CheckReport
from loupe.sampling import Sampling
from loupe.tasks.text_generation.beams import search
from loupe.tasks.text_generation.branch import branch
from loupe.tasks.text_generation.check import check
from loupe.tasks.text_generation.generate import generation
from loupe.tasks.text_generation.query import (
    ALTERNATIVES,
    AUTO_CLASS,
    TASK,
    Finish,
    GenerationQuery,
    GenerationResult,
    Message,
    Sample,
    Timing,
)
from loupe.tasks.text_generation.score_text import ScoreQuery, ScoreResult, score_text

__all__ = [
    "ALTERNATIVES",
    "AUTO_CLASS",
    "TASK",
    "CheckReport",
    "Finish",
    "GenerationQuery",
    "GenerationResult",
    "Message",
    "Sample",
    "ScoreQuery",
    "ScoreResult",
    "Timing",
    "branch",
    "check",
    "generation",
    "score_text",
    "search",
    "submit",
    "submit_check",
    "submit_score",
]


def submit(pool: Pool, key: ModelKey, query: GenerationQuery) -> Ticket[GenerationResult]:
    """Ask the checkpoint's worker; an equal question already under way is answered once.

    Beam search runs by itself, all else beside other texts of the same checkpoint.
    """
    if query.num_beams == 1:
        return pool.submit(key, generation(query), single_flight=(TASK, query))
    return pool.submit(
        key, lambda loaded, ticket: search(loaded, query, ticket), single_flight=(TASK, query)
    )


def submit_score(pool: Pool, key: ModelKey, query: ScoreQuery) -> Ticket[ScoreResult]:
    """Ask the checkpoint's worker how surprising a text is."""
    return pool.submit(
        key,
        lambda loaded, ticket: score_text(loaded, query, ticket),
        single_flight=("score", query),
    )


def submit_check(
    pool: Pool, key: ModelKey, sample: Sample, sampling: Sampling
) -> Ticket[CheckReport]:
    """Ask the checkpoint's worker to recompute a text by another way."""
    return pool.submit(key, lambda loaded, ticket: check(loaded, sample, sampling, ticket))
