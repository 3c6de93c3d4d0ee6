"""The question and the answer of translation: plain values, no tensors."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from loupe.engine.seq2seq.decode import Ending
from loupe.engine.seq2seq.outputs import Written, log_prob_of
from loupe.engine.seq2seq.questions import AUTO_CLASS, MAX_TOP_K, check_question, prefix_with
from loupe.engine.seq2seq.settings import Start
from loupe.tasks.translation.directions import Direction
from loupe.traces import TokenTrace

__all__ = [
    "AUTO_CLASS",
    "DEFAULT_MAX_NEW_TOKENS",
    "MAX_TOP_K",
    "SCHEMA_VERSION",
    "TASK",
    "TranslationQuery",
    "TranslationResult",
    "continue_from",
]

TASK = "translation"
SCHEMA_VERSION = 1

DEFAULT_MAX_NEW_TOKENS = 128


@dataclass(frozen=True, slots=True)
class TranslationQuery:
    """One question.

    direction: None takes what the checkpoint offers first. num_beams: 1 is greedy.
    max_new_tokens: of the output, its end included. top_k: alternatives listed for each token.
    prefix: token ids that the output must begin with, see `continue_from`.
    """

    text: str
    direction: Direction | None = None
    num_beams: int = 1
    max_new_tokens: int = DEFAULT_MAX_NEW_TOKENS
    top_k: int = 10
    prefix: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_question(
            self.text,
            self.top_k,
            self.num_beams,
            self.max_new_tokens,
            remedy="Type a sentence to translate.",
        )


@dataclass(frozen=True, slots=True)
class TranslationResult:
    """The answer.

    direction: as used. source: what the model read, the direction's prefix included, without
    scores. target: every token with its score, its alternatives and its place in the translation.
    start: token ids before it that were not chosen. ending: why it ended. limit: the most tokens
    that it could have had. kept: settings of the checkpoint's own that took part, by name.
    """

    query: TranslationQuery
    direction: Direction
    source: TokenTrace
    target: TokenTrace
    start: Start
    ending: Ending
    limit: int
    kept: tuple[tuple[str, str], ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def text(self) -> str:
        """The translation."""
        return self.target.text

    @property
    def log_prob(self) -> float:
        """Nats, the sum over all tokens of the target, its end included."""
        return log_prob_of(self.target)

    @property
    def written(self) -> Written:
        return Written(self.source, self.target, self.start, self.ending, self.limit)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"task": TASK, **asdict(self)}


def continue_from(result: TranslationResult, position: int, token_id: int) -> TranslationQuery:
    """The same question with another token at one place: what is before it stays as it is.

    position: of the target, from 0. Raises InvalidInput for a place that the target lacks.
    """
    lacking = "The translation has no token number {number}."
    prefix = prefix_with(result.target, position, token_id, lacking)
    return replace(result.query, direction=result.direction, prefix=prefix)
