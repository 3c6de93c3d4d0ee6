"""How well a model foretells a text, in a unit that does not depend on its tokenizer."""

from __future__ import annotations

import math

from loupe.traces import TokenKind, TokenTrace


def bits_per_character(target: TokenTrace, text: str) -> float | None:
    """Surprisal of a scored target in bits, for each character of `text`; None for an empty one.

    text: what the target says, as both models are asked about it. The end of the sequence is left
    out: an output that was cut has none, and would seem the better foretold.
    """
    characters = len(text.strip())
    tokens = list(target.tokens)
    if tokens and tokens[-1].kind is TokenKind.SPECIAL:
        tokens.pop()
    if not characters or not tokens:
        return None
    nats = -sum(token.log_prob for token in tokens if token.log_prob is not None)
    return nats / math.log(2) / characters


def unknown_tokens(target: TokenTrace) -> int:
    """How many pieces of a text the tokenizer lacks: their score is not that of the text."""
    return sum(token.kind is TokenKind.UNKNOWN for token in target.tokens)
