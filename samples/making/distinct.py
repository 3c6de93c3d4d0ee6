"""Rows that are not alike: no equal texts after normalisation, and none that nearly agree."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from itertools import pairwise

from samples.making.rows import Row

MOST_SHARED = 0.6  # of the pairs of neighbouring words that two texts have together
FEWEST_WORDS, FEWEST_CHARACTERS = 3, 12
_MOST_TRIES_A_ROW = 400


def normalised(text: str) -> str:
    """As duplicates are compared: without regard to case and white space."""
    return " ".join(text.split()).casefold()


class Distinct:
    """Takes a text only where no text before it is nearly the same."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._holders: dict[tuple[str, ...], list[int]] = defaultdict(list)
        self._seen: set[str] = set()

    def take(self, text: str) -> bool:
        """Whether the text is new; it counts from now on where it is."""
        if normalised(text) in self._seen:
            return False
        words = normalised(text).split()
        pairs: set[tuple[str, ...]] = set(pairwise(words)) or {tuple(words)}
        shared = Counter(i for pair in pairs for i in self._holders[pair])
        if any(
            count > MOST_SHARED * (len(pairs) + self._sizes[i] - count)
            for i, count in shared.items()
        ):
            return False
        for pair in pairs:
            self._holders[pair].append(len(self._sizes))
        self._sizes.append(len(pairs))
        self._seen.add(normalised(text))
        return True


def collect(count: int, make: Callable[[], Row], column: str, distinct: Distinct) -> list[Row]:
    """`count` rows, distinct by one column. RuntimeError where the wording is too poor for that."""
    rows: list[Row] = []
    for _ in range(count * _MOST_TRIES_A_ROW):
        row = make()
        text = str(row[column])
        if _is_long_enough(text) and distinct.take(text):
            rows.append(row)
        if len(rows) == count:
            return rows
    raise RuntimeError(f"only {len(rows)} of {count} distinct rows: add patterns to the wording")


def _is_long_enough(text: str) -> bool:
    return len(text.split()) >= FEWEST_WORDS and len(text) >= FEWEST_CHARACTERS
