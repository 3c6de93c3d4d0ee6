"""The question and the answer of token classification: plain values, no tensors."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any

from loupe.errors import EmptyText
from loupe.tasks.token_classification.schemes import Scheme
from loupe.traces import TokenTrace

TASK = "token-classification"
AUTO_CLASS = "AutoModelForTokenClassification"
SCHEMA_VERSION = 1

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TokenClassificationQuery:
    """One question: the text whose words get tags."""

    text: str

    def __post_init__(self) -> None:
        if not self.text.strip():
            raise EmptyText("There is no text yet.", "Type a sentence with names in it.")


@dataclass(frozen=True, slots=True)
class TaggedWord:
    """One word and the tag of its first piece, which is what training labels.

    span: code points of the text, [start, end). position: of its first piece in the model's input.
    pieces: how many tokens it has. tag_id: the tag's column in the model's output, since two
        columns may have one name. log_prob: of the tag, in nats.
    """

    text: str
    span: Span
    position: int
    pieces: int
    tag: str
    tag_id: int
    log_prob: float

    @property
    def prob(self) -> float:
        return math.exp(self.log_prob)


@dataclass(frozen=True, slots=True)
class Entity:
    """Words that belong together.

    span: code points of the text. words: their numbers in the result, [first, last).
    log_prob: nats, the sum over its words' tags, each at its word's first piece. A tagger chooses
        each tag by itself, so this is its probability of exactly these tags, all of them.
    repaired: the tags are not what IOB2 or BIOES asks for and are read as seqeval does by default:
        the entity begins there all the same. With B- and I- alone that need be no mistake: IOB1
        writes B- only between neighbours of one type.
    """

    text: str
    label: str
    span: Span
    words: tuple[int, int]
    log_prob: float
    repaired: bool

    @property
    def prob(self) -> float:
        return math.exp(self.log_prob)


@dataclass(frozen=True, slots=True)
class TokenClassificationResult:
    """The answer.

    labels: (L,), as the checkpoint orders them; names may repeat. trace: all tokens, and what
        computed it.
    log_probs: (T, L), nats, at every token, special ones included.
    entities: none where the scheme is Scheme.TAGS, in which every word has a tag of its own.
    unread: parts of the text of which the tokenizer makes nothing.
    control: parts that are written like the model's own signs (`[SEP]`) and that it read as such.
    """

    query: TokenClassificationQuery
    labels: tuple[str, ...]
    scheme: Scheme
    trace: TokenTrace
    log_probs: tuple[tuple[float, ...], ...]
    words: tuple[TaggedWord, ...]
    entities: tuple[Entity, ...]
    unread: tuple[Span, ...] = ()
    control: tuple[Span, ...] = ()
    schema_version: int = SCHEMA_VERSION

    def ranked(self, word: TaggedWord) -> tuple[tuple[str, float], ...]:
        """(label, log-probability in nats) at a word's first piece, the most probable first."""
        row = zip(self.labels, self.log_probs[word.position], strict=True)
        return tuple(sorted(row, key=lambda entry: -entry[1]))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"task": TASK, **asdict(self)}
