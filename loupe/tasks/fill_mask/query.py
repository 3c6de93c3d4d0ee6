"""The question and the answer of fill mask: plain values, no tensors."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from loupe.errors import EmptyText, InvalidInput
from loupe.traces import TokenRecord, TokenTrace

TASK = "fill-mask"
AUTO_CLASS = "AutoModelForMaskedLM"
SCHEMA_VERSION = 1

MAX_TOP_K = 100
MAX_WORDS = 20

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class FillMaskQuery:
    """One question.

    text: with masks written as `[MASK]`, `<mask>`, `___` or the model's own token.
    hidden_spans: further places to hide, in code points of the text, [start, end).
    top_k: entries listed for each mask. words: scored at every mask, whatever their rank.
    """

    text: str
    hidden_spans: tuple[Span, ...] = ()
    top_k: int = 10
    words: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise EmptyText(
                "There is no text yet.", "Type a sentence with a {mask}.", mask="[MASK]"
            )
        if not 1 <= self.top_k <= MAX_TOP_K:
            raise InvalidInput(
                "{top_k} results cannot be listed.",
                "Choose a number from 1 to {limit}.",
                top_k=self.top_k,
                limit=MAX_TOP_K,
            )
        if len(self.words) > MAX_WORDS:
            raise InvalidInput(
                "{count} words are too many to score at once.",
                "Keep at most {limit}.",
                count=len(self.words),
                limit=MAX_WORDS,
            )


@dataclass(frozen=True, slots=True)
class ScoredPiece:
    """One piece of a word, given the pieces before it while those after it are masked.

    log_prob: nats. rank: 1 is the most probable of the vocabulary at that place.
    """

    token_id: int
    token: str
    text: str
    log_prob: float
    rank: int


@dataclass(frozen=True, slots=True)
class WordScore:
    """A word of the person's own choice at one mask.

    span: of the mask in the query's text. log_prob: nats, the chain over the pieces, left to right.
    unknown: the tokenizer has no piece for part of the word, so the score is not the word's.
    retokenised: with the word, its surroundings are cut into other pieces than with the mask.
    """

    span: Span
    word: str
    pieces: tuple[ScoredPiece, ...]
    log_prob: float
    unknown: bool
    retokenised: bool


@dataclass(frozen=True, slots=True)
class FillMaskResult:
    """The answer: the trace (its masks carry the distributions) and the scored words.

    model_text: the text with the model's own mask token, as it was tokenised.
    """

    query: FillMaskQuery
    model_text: str
    trace: TokenTrace
    words: tuple[WordScore, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def masks(self) -> tuple[TokenRecord, ...]:
        """The masked positions, left to right."""
        return tuple(self.trace.tokens[i] for i in self.trace.masks)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"task": TASK, **asdict(self)}


def lacks_final_stop(text: str) -> bool:
    """Whether a text ends in the middle of a sentence, where masked models favour punctuation."""
    end = text.rstrip()
    if not end.endswith("[MASK]"):
        end = end.rstrip("\"'”’»）)]}")
    return bool(end) and end[-1] not in ".!?…。！？｡؟۔।:;"


def final_stop(text: str) -> str:
    """The full stop of the script that a text ends in."""
    letters = (c for c in reversed(text.replace("[MASK]", "").replace("<mask>", "")) if c.isalpha())
    last = next(letters, "")
    if "\u2e80" <= last <= "\u9fff" or "\uf900" <= last <= "\ufaff" or last >= "\U00020000":
        return "。"
    return "।" if "\u0900" <= last <= "\u097f" else "."
