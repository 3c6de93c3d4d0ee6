"""The words of a text, and which tokens each of them has; the same rules for both sides."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from loupe.traces import TokenKind, TokenRecord

Span = tuple[int, int]

# Scripts that write no spaces: one character a word, or what the tokenizer joins.
UNSPACED = "".join(
    rf"\p{{{script}}}"
    for script in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan")
)
_LETTER = rf"[[\p{{L}}\p{{M}}\p{{N}}_]--[{UNSPACED}]]"
# French and Italian join short words by an apostrophe (l'homme: two words); English contracts
# (don't, we've: one). Signs are words of their own, an emoji is one.
_WORD = regex.compile(
    rf"""(?V1)
      \d+(?:[.,:]\d+)+
    | \p{{L}}{{1,3}}['’](?=\p{{L}}{{2}})(?!(?i:ve|re|ll)\b)
    | {_LETTER}+(?:['’-]{_LETTER}+)*
    | (?=\S)\X
    """,
    regex.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Word:
    """span: code points of the text. positions: of its tokens, first first."""

    span: Span
    positions: tuple[int, ...]


def word_texts(text: str) -> list[str]:
    """The words of a text without case, signs left out: what n-grams are counted over."""
    found = (match.group().casefold() for match in _WORD.finditer(text))
    return [word for word in found if any(character.isalnum() for character in word)]


def words_of(text: str, records: Sequence[TokenRecord]) -> tuple[Word, ...]:
    """The words that have tokens, left to right. A token that covers several joins them in one.

    Special tokens, and those that say no place, belong to none.
    """
    placed = [
        (record.span, position)
        for position, record in enumerate(records)
        if record.span is not None and record.kind is not TokenKind.SPECIAL
    ]
    words: list[Word] = []
    reached = 0
    next_token = 0
    for match in _WORD.finditer(text):
        start, end = match.span()
        joins = bool(words) and reached > start
        positions: list[int] = []
        while next_token < len(placed) and placed[next_token][0][0] < end:
            span, position = placed[next_token]
            next_token += 1
            if span[1] > start:  # else it is white space before the word
                positions.append(position)
                reached = max(reached, span[1])
        if joins:
            before = words.pop()
            words.append(Word((before.span[0], end), (*before.positions, *positions)))
        elif positions:
            words.append(Word((start, end), tuple(positions)))
    return tuple(words)
