"""WordPiece: from the left, always the longest piece that the vocabulary has.

Source: Schuster & Nakajima 2012; the greedy search of Devlin et al. 2019.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Match:
    """One step. start: in the word. piece: what was found there; None where nothing was.

    tried: how many longer pieces were looked up before, and not found; longest: the first of them.
    """

    start: int
    piece: str | None
    tried: int
    longest: str | None


@dataclass(frozen=True, slots=True)
class WordPieceCut:
    """matches: in order; the last has no piece where the word is unknown as a whole.

    is_too_long: the word was not looked at, for it has more than `longest_word` characters.
    """

    matches: tuple[Match, ...]
    is_too_long: bool
    longest_word: int

    @property
    def pieces(self) -> tuple[str, ...] | None:
        """None where the word is unknown."""
        found = tuple(match.piece for match in self.matches if match.piece is not None)
        return None if self.is_too_long or len(found) < len(self.matches) else found


def cut_word_piece(
    word: str, has: Callable[[str], bool], *, prefix: str, longest_word: int
) -> WordPieceCut:
    """has: whether the vocabulary has a piece. prefix: of pieces that go on with a word (##)."""
    if len(word) > longest_word:
        return WordPieceCut((), True, longest_word)
    matches = []
    start = 0
    while start < len(word):
        lead = prefix if start else ""
        lengths = range(len(word), start, -1)
        end = next((end for end in lengths if has(lead + word[start:end])), None)
        tried = len(word) - (start if end is None else end)
        matches.append(
            Match(
                start,
                None if end is None else lead + word[start:end],
                tried,
                lead + word[start:] if tried else None,
            )
        )
        if end is None:
            break
        start = end
    return WordPieceCut(tuple(matches), False, longest_word)
