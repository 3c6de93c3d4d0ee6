"""Byte-pair encoding: two neighbours become one piece, the pair that was learned first goes first.

Source: Sennrich et al. 2016, arXiv 1508.07909, section 3.2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Merge:
    """One step. rank: which of the learned merges it was, from 0. pieces: all of them after it.

    at: the place among `pieces` of the one that was made.
    """

    rank: int
    left: str
    right: str
    at: int
    pieces: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BpeCut:
    """start: the pieces before the first merge. is_whole: the word is one entry of the vocabulary,
    and the tokenizer takes such words without merging (`ignore_merges`).
    """

    start: tuple[str, ...]
    merges: tuple[Merge, ...]
    is_whole: bool = False

    @property
    def pieces(self) -> tuple[str, ...]:
        return self.merges[-1].pieces if self.merges else self.start


def merge_pairs(
    start: Sequence[str], ranks: Mapping[tuple[str, str], int], *, prefix: str = ""
) -> BpeCut:
    """Merge until no pair is known; of the known pairs the lowest rank first, then the leftmost.

    ranks: of each pair. prefix: of pieces that go on with a word; a merge drops it at the right.
    """
    pieces = list(start)
    merges: list[Merge] = []
    while True:
        known = [(ranks[pair], at) for at, pair in enumerate(pairwise(pieces)) if pair in ranks]
        if not known:
            return BpeCut(tuple(start), tuple(merges))
        rank, at = min(known)
        left, right = pieces[at], pieces[at + 1]
        pieces[at : at + 2] = [left + right.removeprefix(prefix)]
        merges.append(Merge(rank, left, right, at, tuple(pieces)))
