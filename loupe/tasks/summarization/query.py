"""The question and the answer of summarisation: plain values, no tensors."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

from loupe.engine.seq2seq.decode import Ending
from loupe.engine.seq2seq.outputs import Written, log_prob_of
from loupe.engine.seq2seq.questions import AUTO_CLASS, MAX_TOP_K, check_question, prefix_with
from loupe.engine.seq2seq.settings import Start
from loupe.tasks.summarization.extractive import Copying
from loupe.traces import TokenTrace

__all__ = [
    "AUTO_CLASS",
    "DEFAULT_MAX_NEW_TOKENS",
    "MAX_TOP_K",
    "SCHEMA_VERSION",
    "TASK",
    "SummarizationQuery",
    "SummarizationResult",
    "continue_from",
]

TASK = "summarization"
SCHEMA_VERSION = 1

# What BART's summarisers of news were made for.
DEFAULT_MAX_NEW_TOKENS = 142


@dataclass(frozen=True, slots=True)
class SummarizationQuery:
    """One question.

    instruction: put before the text; None is what the checkpoint names (T5's `summarize: `), an
    empty one is none. num_beams: 1 is greedy. max_new_tokens: of the summary, its end included.
    top_k: alternatives listed for each token. prefix: token ids that it must begin with.
    """

    text: str
    instruction: str | None = None
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
            remedy="Type or paste one to summarise.",
        )


@dataclass(frozen=True, slots=True)
class SummarizationResult:
    """The answer.

    instruction: as used. source: what the model read, without scores. target: every token with its
    score, its alternatives and its place in the summary. start: token ids before it that were not
    chosen. ending: why it ended. limit: the most tokens that it could have had. kept: settings of
    the checkpoint's own that took part, by name. copying: how short it is, and how much of it
    stands in the text word by word.
    """

    query: SummarizationQuery
    instruction: str
    source: TokenTrace
    target: TokenTrace
    start: Start
    ending: Ending
    limit: int
    copying: Copying
    kept: tuple[tuple[str, str], ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def text(self) -> str:
        """The summary."""
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


def continue_from(result: SummarizationResult, position: int, token_id: int) -> SummarizationQuery:
    """The same question with another token at one place: what is before it stays as it is.

    position: of the target, from 0. Raises InvalidInput for a place that the target lacks.
    """
    lacking = "The summary has no token number {number}."
    prefix = prefix_with(result.target, position, token_id, lacking)
    return replace(result.query, instruction=result.instruction, prefix=prefix)
