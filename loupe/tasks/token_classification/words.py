"""The words of a text, and which tokens each of them has.

A tagger is trained on words that a corpus has parted, and only each word's first piece carries its
tag. A text that somebody types comes without such words, so they are found in the text itself: by
the same rules whatever the tokenizer, so that two checkpoints tag the same words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from loupe.traces import TokenKind, TokenRecord

Span = tuple[int, int]

# Scripts that write no spaces: one character a word, or what the tokenizer joins.
_UNSPACED = "".join(
    rf"\p{{{script}}}"
    for script in ("Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar", "Tibetan")
)
_LETTER = rf"[\w--[{_UNSPACED}]]"
# As corpora part them (CoNLL-2003): a sign is a word, but “U.N.”, “3.14”, “Jean-Luc”, “’s” and
# “n’t” are one each. An emoji is one word, however many code points it has.
WORD = regex.compile(
    rf"""(?V1)
      (?:\p{{L}}\.){{2,}}
    | \d+(?:[.,:]\d+)+
    | ['’](?i:s|d|m|re|ve|ll)(?!\w)
    | n['’]t(?!\w)
    | \p{{Latin}}+?(?=n['’]t(?!\w))
    | {_LETTER}+(?:-{_LETTER}+)*
    | (?=\S)\X
    """,
    regex.VERBOSE,
)
_LONE_SPACE = "▁"


@dataclass(frozen=True, slots=True)
class Word:
    """span: code points of the text. positions: of its tokens in the model's input, first first."""

    span: Span
    positions: tuple[int, ...]


def find_words(text: str, records: Sequence[TokenRecord]) -> tuple[list[Word], list[Span]]:
    """(the words, parts of the text that no token covers), left to right.

    Where the tokenizer joins words in one token (`?!`, or two Chinese characters) they are one. A
    token that says no place belongs to none; what special tokens cover is read, but holds no word.
    """
    tokens = _placed(records)
    control = control_spans(records)
    words: list[Word] = []
    unread: list[Span] = []
    next_token = 0
    reached = 0  # where the last token of the words so far ends
    for match in WORD.finditer(text):
        start, end = match.span()
        joins = bool(words) and reached > start
        positions: list[int] = []
        while next_token < len(tokens) and tokens[next_token].span[0] < end:
            token = tokens[next_token]
            next_token += 1
            if token.span[1] > start:  # else it is white space before the word
                positions.extend(token.positions)
                reached = max(reached, token.span[1])
        if joins:
            before = words.pop()
            words.append(Word((before.span[0], end), (*before.positions, *positions)))
        elif positions:
            words.append(Word((start, end), tuple(positions)))
        elif not any(start < last and first < end for first, last in control):
            unread.append((start, end))
    return words, unread


def control_spans(records: Sequence[TokenRecord]) -> list[Span]:
    """Parts of the text that are written like special tokens and are read as such."""
    return [r.span for r in records if r.kind is TokenKind.SPECIAL and r.span is not None]


def _placed(records: Sequence[TokenRecord]) -> list[Word]:
    """The tokens that stand in the text, each with a lone space that its tokenizer puts before it.

    At the start of a text, Unigram tokenizers write a space that is not there as a token of its
    own; they name the character after it as its place, and training takes it for the first piece.
    """
    placed = []
    spaces: tuple[int, ...] = ()
    for position, record in enumerate(records):
        if record.kind is TokenKind.SPECIAL:
            spaces = ()
        elif record.span is not None:
            placed.append(Word(record.span, (*spaces, position)))
            spaces = ()
        elif record.token == _LONE_SPACE:
            spaces = (*spaces, position)
    return placed
