"""How short a summary is, and how much of it stands in the text word by word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from loupe.engine.seq2seq.words import word_texts

MAX_N = 4


@dataclass(frozen=True, slots=True)
class Copying:
    """Lengths without special tokens and the instruction.

    copied: for n = 1..4, the share of the summary's n-grams of words that occur in the text, 0 to
    1; None where the summary has fewer than n words.
    """

    source_characters: int
    target_characters: int
    source_tokens: int
    target_tokens: int
    copied: tuple[float | None, ...]

    @property
    def characters_ratio(self) -> float:
        """The summary's characters for each of the text's."""
        return self.target_characters / self.source_characters

    @property
    def tokens_ratio(self) -> float:
        """The summary's tokens for each of the text's; above 1 it is the longer one."""
        return self.target_tokens / max(1, self.source_tokens)


def copied_shares(source: str, target: str) -> tuple[float | None, ...]:
    """The shares of copied n-grams for n = 1..4, each occurrence in the summary counted.

    Case and signs do not count; n-grams run across the ends of sentences. One minus a share is what
    papers call novel n-grams.
    Source: See et al. 2017, section 6.2.
    """
    from_text, from_summary = word_texts(source), word_texts(target)
    return tuple(_share(from_text, from_summary, n) for n in range(1, MAX_N + 1))


def _share(source: Sequence[str], target: Sequence[str], n: int) -> float | None:
    wanted = _grams(target, n)
    if not wanted:
        return None
    known = set(_grams(source, n))
    return sum(gram in known for gram in wanted) / len(wanted)


def _grams(words: Sequence[str], n: int) -> list[tuple[str, ...]]:
    return [tuple(words[i : i + n]) for i in range(len(words) - n + 1)]
