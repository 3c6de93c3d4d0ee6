"""The question and the answer of text generation: plain values, no tensors."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from loupe.errors import InvalidInput
from loupe.sampling import Sampling
from loupe.traces import TokenRecord, TokenTrace

TASK = "text-generation"
AUTO_CLASS = "AutoModelForCausalLM"
SCHEMA_VERSION = 1

# Listed for every token; what a branch can be chosen from.
ALTERNATIVES = 10

MAX_NEW_TOKENS = 4096
MAX_SAMPLES = 8
MAX_BEAMS = 16
MAX_STOP_STRINGS = 8
MAX_SEED = 2**32 - 1


class Finish(StrEnum):
    """Why a text ends where it does."""

    END_OF_TEXT = "end_of_text"  # the model chose its end token
    LENGTH = "length"  # as many new tokens as were asked for
    CONTEXT = "context"  # the model reads no more tokens
    STOP_STRING = "stop_string"
    STOPPED = "stopped"  # by the person, or not yet at an end


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a dialogue. role: "system", "user" or "assistant"."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """How one token was drawn in the text that a branch leaves, which the model alone cannot tell.

    stages: as in TokenRecord. listed: (token id, its probability after the last stage) of each
    alternative there.
    """

    stages: tuple[tuple[str, float], ...]
    listed: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class GenerationQuery:
    """One question.

    prompt: what is continued; or, for a chat model, messages (then prompt is empty).
    chosen: tokens that the continuation begins with, such as those before a branch and the one
        chosen there. max_new_tokens: those after them. parent: the digest of the trace that a
        branch leaves; drawn: of its tokens that are the first of `chosen`. See `branch`.
    num_beams: 1 for none; with more, the most probable text is looked for. num_samples: texts; the
        n-th is drawn with seed + n.
    stop: a text ends with the token that completes one of these.
    """

    prompt: str = ""
    messages: tuple[Message, ...] = ()
    chosen: tuple[int, ...] = ()
    max_new_tokens: int = 40
    sampling: Sampling = field(default_factory=Sampling)
    num_beams: int = 1
    num_samples: int = 1
    seed: int = 0
    stop: tuple[str, ...] = ()
    parent: str | None = None
    drawn: tuple[Drawn, ...] = ()

    def __post_init__(self) -> None:
        _refuse_outside("max_new_tokens", self.max_new_tokens, 1, MAX_NEW_TOKENS)
        _refuse_outside("num_samples", self.num_samples, 1, MAX_SAMPLES)
        _refuse_outside("num_beams", self.num_beams, 1, MAX_BEAMS)
        _refuse_outside("seed", self.seed, 0, MAX_SEED)
        _refuse_outside("stop", len(self.stop), 0, MAX_STOP_STRINGS)
        if "" in self.stop:
            raise InvalidInput(
                "A stop string is empty: every text would end before it begins.",
                "Type what a text shall end with, or leave stop strings out.",
            )
        if self.prompt and self.messages:
            raise InvalidInput(
                "There are a prompt and messages, and only one of them can be continued.",
                "Clear one of the two.",
            )
        if self.num_samples > 1 and not self.sampling.do_sample:
            raise InvalidInput(
                "{count} texts were asked for, but without sampling all of them would be the same.",
                "Choose sampling, or one text.",
                count=self.num_samples,
            )
        if self.num_beams > 1 and self.sampling.do_sample:
            raise InvalidInput(
                "Beam search looks for the most probable text, sampling draws one: not both.",
                "Choose one beam, or no sampling.",
            )
        if self.num_beams > 1 and self.stop:
            raise InvalidInput(
                "Beam search weighs whole texts: it cannot end one at a stop string.",
                "Choose one beam, or leave stop strings out.",
            )


def _refuse_outside(field_name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise InvalidInput(
            "{field} is {value}; it has to be a number from {low} to {high}.",
            "Choose a number in this range.",
            field=field_name,
            value=f"{value:,}",
            low=low,
            high=f"{high:,}",
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """One text. trace: prompt and continuation, every token scored by the model's raw logits.

    prompt_tokens: how many of the trace's tokens are the prompt's; chosen_tokens: how many after
    them were given with the query. text: the continuation as a person reads it.
    stop_string: the one that ended it.
    """

    trace: TokenTrace
    prompt_tokens: int
    chosen_tokens: int
    text: str
    finish: Finish
    stop_string: str | None = None

    @property
    def output(self) -> tuple[TokenRecord, ...]:
        """The records of the continuation, the end token too where the model chose it."""
        return self.trace.tokens[self.prompt_tokens :]


@dataclass(frozen=True, slots=True)
class Timing:
    """What it took. reused_tokens: of the text so far that were not read again.

    cache_cut: whether the model's cache can be cut, so that a branch starts where it leaves.
    first_token_s: from the start of the work; None where texts come whole (beams). tokens: new ones
    of all samples together.
    """

    total_s: float
    first_token_s: float | None
    tokens: int
    reused_tokens: int = 0
    cache_cut: bool = True

    @property
    def tokens_per_s(self) -> float:
        """After the first, since the prompt is read before that."""
        seconds = self.total_s - (self.first_token_s or 0.0)
        counted = self.tokens if self.first_token_s is None else self.tokens - 1
        return counted / seconds if seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class GenerationResult:
    """The answer. model_text: what was tokenised: the prompt, or the templated messages."""

    query: GenerationQuery
    model_text: str
    samples: tuple[Sample, ...]
    timing: Timing | None = field(default=None, compare=False)
    schema_version: int = SCHEMA_VERSION

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"task": TASK, **asdict(self)}
