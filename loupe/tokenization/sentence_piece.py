"""The stages of a Marian tokenizer: SentencePiece does them in one, and tells of each.

A tokenizer of transformers' own in Python. It sets its own tokens apart, and a language's code at
the beginning (`>>fra<<`); SentencePiece normalises the rest and cuts it; and each piece is looked
up in a vocabulary of the checkpoint's own, which may lack some of SentencePiece's.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from loupe.tokenization.changes import find_changes
from loupe.tokenization.fast import RawToken
from loupe.tokenization.records import Change, NormaliserStep, Part, Span, Stages

SPACE = "▁"
SENTENCE_PIECE = "SentencePiece"


def is_marian(tokenizer: Any) -> bool:
    """Whether `marian_stages` knows this tokenizer."""
    return hasattr(tokenizer, "spm_source") and hasattr(tokenizer, "remove_language_code")


def marian_stages(tokenizer: Any, text: str) -> tuple[Stages, list[RawToken]]:
    """Cut `text` stage by stage; the tokens are those of the text alone, without a frame."""
    written: list[Part] = []
    normalised: list[str] = []
    changes: list[Change] = []
    words: list[Part] = []
    tokens: list[RawToken] = []
    for stretch, span, is_own in _stretches(tokenizer, text):
        if is_own:
            written.append(Part(stretch, span))
            normalised.append(stretch)
            token_id = tokenizer.convert_tokens_to_ids(stretch)
            tokens.append(RawToken(token_id, stretch, span, None))
            continue
        characters = _characters(tokenizer.current_spm, stretch, span[0])
        normalised.append("".join(character.text for character in characters))
        changes += find_changes(stretch, characters, span[0])
        first_word = len(words)
        words += _words(characters)
        tokens += _tokens(tokenizer, stretch, span[0], words[first_word:], first_word)
    whole = "".join(normalised)
    steps = (NormaliserStep(SENTENCE_PIECE, "", whole),)
    return Stages(tuple(written), steps, whole, tuple(changes), (), tuple(words)), tokens


def _stretches(tokenizer: Any, text: str) -> Iterator[tuple[str, Span, bool]]:
    """(text, its place, whether it is one of the tokenizer's own tokens), in order."""
    own = {*tokenizer.added_tokens_encoder, *tokenizer.all_special_tokens}
    at = 0
    for part in tokenizer.tokens_trie.split(text):
        span = (at, at + len(part))
        at = span[1]
        if part in own:
            yield part, span, True
            continue
        codes, rest = tokenizer.remove_language_code(part)
        inner = span[0]
        for code in codes:
            yield code, (inner, inner + len(code)), True
            inner += len(code)
        if rest:
            yield rest, (inner, span[1]), False


def _characters(spm: Any, text: str, start: int) -> list[Part]:
    """The normalised text, each character with the place that it came from."""
    normalised, places = spm.normalize(text, with_offsets=True)
    found = []
    end = len(text)
    for at in reversed(range(len(normalised))):
        # Several characters of one place (ﬁ → fi) begin at the same one.
        end = places[at + 1] if places[at + 1] > places[at] else end
        found.append(Part(normalised[at], (start + places[at], start + end)))
    return found[::-1]


def _words(characters: list[Part]) -> list[Part]:
    """SentencePiece cuts between spaces; each word has the space before it."""
    words: list[Part] = []
    for character in characters:
        if words and character.text != SPACE:
            last = words[-1]
            words[-1] = Part(last.text + character.text, (last.span[0], character.span[1]))
        else:
            words.append(character)
    return words


def _tokens(
    tokenizer: Any, text: str, start: int, words: list[Part], first_word: int
) -> list[RawToken]:
    places = _CodePoints(text)
    tokens: list[RawToken] = []
    word = 0
    taken = 0  # characters of the word that tokens have
    for piece in tokenizer.current_spm.encode(text, return_type="proto").pieces:
        while word < len(words) - 1 and taken >= len(words[word].text):
            taken -= len(words[word].text)
            word += 1
        taken += len(piece.piece)
        span = (start + places.at(piece.begin), start + places.at(piece.end))
        token_id = tokenizer.convert_tokens_to_ids(piece.piece)
        tokens.append(RawToken(token_id, piece.piece, span, first_word + word))
    return tokens


class _CodePoints:
    """From bytes of UTF-8 to code points, for places that go up."""

    def __init__(self, text: str) -> None:
        self._data = text.encode()
        self._byte = 0
        self._code_point = 0

    def at(self, byte: int) -> int:
        """How many code points begin before this byte."""
        self._code_point += len(self._data[self._byte : byte].decode())
        self._byte = byte
        return self._code_point
