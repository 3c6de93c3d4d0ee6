"""A text cut into pieces: what a search has found, and characters that nobody sees."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import regex

Span = tuple[int, int]

# What each is drawn as; the character itself stays in what is copied.
_SIGNS = {"\n": "↵", "\r": "␍", "\t": "→", "\u00a0": "⍽", " ": "·"}
_HIDDEN = regex.compile(
    # A space is worth a sign where it is easily overlooked: at an end of a line, or beside another.
    r"(?m:^)\ +|\ +(?=[\n\r]|\Z)|\ {2,}"
    # Other spaces, format characters and controls, but the joiners within words and emoji.
    r"|[\p{Zs}\p{Cf}\p{Cc}\p{Co}\p{Cs}\p{Zl}\p{Zp}--[\x20\u200c\u200d\U000e0020-\U000e007f]]",
    regex.V1,
)


def pieces_of(text: str, hits: Sequence[Span] = ()) -> list[dict[str, Any]]:
    """The text in order, as {text}, and where it is so with hit: True, or sign: what stands for it.

    hits: spans in code points, left to right, apart. The `text`s joined are the text, but that a
    lone surrogate, which no browser could be sent, is a replacement character.
    """
    hidden = [match.span() for match in _HIDDEN.finditer(text)]
    borders = sorted({0, len(text), *_ends(hits), *_ends(hidden)})
    starts_hit, starts_hidden = _inside(borders, hits), _inside(borders, hidden)
    pieces = []
    for start, end in pairwise(borders):
        piece: dict[str, Any] = {"text": text[start:end]}
        if start in starts_hidden:
            piece = _sign(text[start:end])
        if start in starts_hit:
            piece["hit"] = True
        pieces.append(piece)
    return pieces


def _ends(spans: Iterable[Span]) -> list[int]:
    return [place for span in spans for place in span]


def _inside(borders: Sequence[int], spans: Sequence[Span]) -> set[int]:
    """The borders at which a piece begins that lies within one of the spans."""
    found, i = set(), 0
    for border in borders:
        while i < len(spans) and spans[i][1] <= border:
            i += 1
        if i < len(spans) and spans[i][0] <= border < spans[i][1]:
            found.add(border)
    return found


def _sign(text: str) -> dict[str, Any]:
    first = text[0]
    if first in _SIGNS:
        return {"text": text, "sign": _SIGNS[first] * len(text)}
    shown = "\ufffd" if "\ud800" <= first <= "\udfff" else first
    return {"text": shown, "sign": f"U+{ord(first):04X}"}
