"""TokenTrace: the one record of what a model did with each token of a text.

It feeds the token strip, the charts, the comparison, the exports, the share link and the check.
It holds plain numbers only: a tensor never leaves the core.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

SCHEMA_VERSION = 1


class TokenKind(StrEnum):
    """What a position of the input is."""

    TEXT = "text"
    SPECIAL = "special"  # added by the tokenizer: [CLS], </s>, ...
    UNKNOWN = "unknown"  # the tokenizer has no piece for this text
    MASK = "mask"  # hidden from the model


@dataclass(frozen=True, slots=True)
class Alternative:
    """One vocabulary entry at one position.

    token: as the vocabulary writes it (`##ing`, `Ġcapital`, `▁capital`).
    text: as a person reads it; a piece that continues a word starts with `…`.
    log_prob: nats, over the whole vocabulary, from the raw logits.
    rank: 1 is the most probable of the whole vocabulary.
    """

    token_id: int
    token: str
    text: str
    log_prob: float
    rank: int


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """One position of the model's input.

    span: code points of the original text, [start, end); None where the text has no such place.
    group: positions with the same number share one grapheme and can only be shown together.
    token_id, token, text: what stands in the text there; for a mask made by hiding a token, the
        hidden token (`hidden` is then True), else the mask token itself.
    log_prob, rank: of that hidden token; None where the model was not asked, or the text itself
        holds the mask.
    entropy_nats: of the distribution over the vocabulary.
    top: the most probable entries, best first; rest_prob: the probability of all others together.
    stages: where the token was sampled, its probability after each stage that took part, in order
        (stage, probability). top_sampled: the probability of each entry of `top` after the last.
    """

    token_id: int
    token: str
    text: str
    kind: TokenKind
    group: int
    span: tuple[int, int] | None = None
    hidden: bool = False
    log_prob: float | None = None
    rank: int | None = None
    entropy_nats: float | None = None
    top: tuple[Alternative, ...] = ()
    rest_prob: float | None = None
    stages: tuple[tuple[str, float], ...] = ()
    top_sampled: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TokenTrace:
    """Every position of one text, and what computed it.

    checkpoint: the reference as text. revision: the commit of a hub checkpoint, the step of a run,
    or a digest of a folder's weights. parent: the digest of the trace this one branched from.
    """

    text: str
    tokens: tuple[TokenRecord, ...]
    checkpoint: str
    revision: str | None
    dtype: str
    device: str
    vocab_size: int
    seed: int | None = None
    parent: str | None = None
    schema_version: int = SCHEMA_VERSION

    @property
    def masks(self) -> tuple[int, ...]:
        """The positions hidden from the model, left to right."""
        return tuple(i for i, token in enumerate(self.tokens) if token.kind is TokenKind.MASK)

    def digest(self) -> str:
        """What tells this trace from any other: the first 16 hex digits of its SHA-256, as JSON."""
        written = json.dumps(asdict(self), sort_keys=True)
        return hashlib.sha256(written.encode()).hexdigest()[:16]

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> TokenTrace:
        """Read what `dataclasses.asdict` wrote. Raises ValueError for an unknown schema version."""
        if data.get("schema_version") != SCHEMA_VERSION:
            raise ValueError(f"unknown trace schema_version: {data.get('schema_version')!r}")
        return cls(**{**data, "tokens": tuple(_token_from_dict(t) for t in data["tokens"])})


def _token_from_dict(data: dict[str, Any]) -> TokenRecord:
    span = data["span"]
    return TokenRecord(
        **{
            **data,
            "kind": TokenKind(data["kind"]),
            "span": None if span is None else (span[0], span[1]),
            "top": tuple(Alternative(**entry) for entry in data["top"]),
            # Traces from before texts were sampled have neither.
            "stages": tuple((stage, prob) for stage, prob in data.get("stages", ())),
            "top_sampled": tuple(data.get("top_sampled", ())),
        }
    )
