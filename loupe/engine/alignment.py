"""Where each token stands in the text, for tokenizers that do not say so themselves."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

# How far past the last match a piece is looked for. A tokenizer drops little between two pieces,
# and a longer reach would let one unmatched piece swallow the rest of the text.
REACH_CHARACTERS = 40


def align(text: str, pieces: Sequence[str]) -> list[tuple[int, int] | None]:
    """The code-point span of each piece in `text`, left to right; None where it is not found.

    Letters are compared without case and accents, since tokenizers may drop both. A span that is
    given is always right in order: starts and ends never go back.
    """
    folded, origin = _fold(text)
    spans: list[tuple[int, int] | None] = []
    cursor = 0
    for piece in pieces:
        wanted, _ = _fold(piece)
        wanted = wanted.strip()
        found = (
            folded.find(wanted, cursor, cursor + len(wanted) + REACH_CHARACTERS) if wanted else -1
        )
        if found < 0:
            spans.append(None)
            continue
        cursor = found + len(wanted)
        spans.append((origin[found], origin[cursor - 1] + 1))
    return spans


def _fold(text: str) -> tuple[str, list[int]]:
    """The text without case and accents, and for each of its characters the index in `text`."""
    folded: list[str] = []
    origin: list[int] = []
    for index, character in enumerate(text):
        for part in unicodedata.normalize("NFKD", character).casefold():
            if not unicodedata.combining(part):
                folded.append(part)
                origin.append(index)
    return "".join(folded), origin
