"""Text generation: what a causal language model writes after a text.

query: the question and the answer. prompt: what the model reads first. generate: the texts, token
by token. growing: one of them.
"""

from __future__ import annotations

from loupe.engine import ModelKey, Pool, Ticket
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

__all__ = [
    "ALTERNATIVES",
    "AUTO_CLASS",
    "TASK",
    "Finish",
    "GenerationQuery",
    "GenerationResult",
    "Message",
    "Sample",
    "Timing",
    "generation",
    "submit",
]


def submit(pool: Pool, key: ModelKey, query: GenerationQuery) -> Ticket[GenerationResult]:
    """Ask the checkpoint's worker; an equal question already under way is answered once."""
    return pool.submit(key, generation(query), single_flight=(TASK, query))
