"""How varied the texts of a column are: different n-grams, vocabulary, repeated sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loupe.data.profile.card import Progress
from loupe.data.profile.words import sample_rows, sentences_of, texts_in_blocks, words_of
from loupe.data.view.columns import MEASURED, column_named, wrong_kind
from loupe.data.view.duck import IsCancelled, never
from loupe.data.view.query import SEARCH_CHARACTERS_MAX, Search

N_GRAMS = (1, 2, 3)
SAMPLE_ROWS = 5000
# Different n-grams that are held at once; with more their number is estimated within a percent.
HELD_MAX = 4_000_000
_MERGED_MIN = 500_000
# Sentences that are counted at once; with more, those seen once are dropped again and again.
SENTENCES_MAX = 500_000
REPEATED_SHOWN = 20
REPEATED_CHARACTERS_MIN = 15

_U64 = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Repeated:
    """A sentence or line that stands in `rows` rows (times: how often in all).

    search: finds it; the rows it shows may be more, where the sentence is part of a longer one.
    """

    text: str
    rows: int
    times: int
    search: Search


@dataclass(frozen=True, slots=True)
class Diversity:
    """rows_read of rows; estimated: not all of them, or too many n-grams to count.

    words: in the rows that were read; vocabulary: how many different ones.
    distinct: n to different n-grams over all n-grams inside of a text, 1 where none repeats; falls
        as more text is read: compare columns only at equal `words`. None without any n-gram.
    Source: Li et al. 2016, "A Diversity-Promoting Objective Function", distinct-1 and distinct-2.
    """

    rows: int
    rows_read: int
    estimated: bool
    words: int
    vocabulary: int
    distinct: Mapping[int, float | None]
    repeated: tuple[Repeated, ...]


class DistinctCounter:
    """How many different 64-bit hashes were added, in bounded memory.

    Exact until HELD_MAX; then only every second hash is held, then every fourth, ... (adaptive
    sampling, Flajolet 1990), which estimates the number within about 1 / sqrt(held).
    """

    def __init__(self, held_max: int = HELD_MAX) -> None:
        self._held: _U64 = np.zeros(0, dtype=np.uint64)
        self._new: list[_U64] = []
        self._held_max = held_max
        self._bits = 0

    @property
    def exact(self) -> bool:
        self._merge()
        return self._bits == 0

    @property
    def count(self) -> int:
        self._merge()
        return len(self._held) << self._bits

    def add(self, hashes: _U64) -> None:
        self._new.append(self._kept(hashes))
        # Sorted in seldom: each time costs as much as all that is held.
        if sum(map(len, self._new)) > max(_MERGED_MIN, len(self._held)):
            self._merge()

    def _merge(self) -> None:
        every = np.sort(np.concatenate([self._held, *self._new]))
        self._new = []
        first = np.ones(len(every), dtype=bool)
        first[1:] = every[1:] != every[:-1]
        self._held = self._kept(every[first])
        while len(self._held) > self._held_max:
            self._bits += 1
            self._held = self._kept(self._held)

    def _kept(self, hashes: _U64) -> _U64:
        mask = np.uint64((1 << self._bits) - 1)
        kept: _U64 = hashes[(hashes & mask) == 0]
        return kept


def measure_diversity(
    table: pa.Table,
    column: str,
    *,
    sample: int | None = SAMPLE_ROWS,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: IsCancelled = never,
) -> Diversity:
    """Of `sample` rows drawn by the seed, for showing at once; of all rows where it is None.

    progress: (rows done, rows to do). Raises InvalidInput where the column holds no texts, and
    Cancelled.
    """
    chosen = column_named(table.schema, column)
    if chosen.kind not in MEASURED:
        raise wrong_kind(chosen, "diversity", table.schema, MEASURED)
    ids = sample_rows(table.num_rows, sample, seed)
    number_of: dict[str, int] = {}
    counters = {n: DistinctCounter() for n in N_GRAMS}
    totals = dict.fromkeys(N_GRAMS, 0)
    sentences = _Sentences()
    done = 0
    for block in texts_in_blocks(table, chosen, ids, cancelled=cancelled):
        numbers, rows = [], []
        for i, text in enumerate(block):
            if text:
                found = words_of(text)
                numbers += [number_of.setdefault(word, len(number_of)) for word in found]
                rows += [i] * len(found)
                sentences.add(text)
        for n in N_GRAMS:
            hashes = _n_grams(np.array(numbers, np.uint64), np.array(rows, np.int64), n)
            totals[n] += len(hashes)
            counters[n].add(hashes)
        done += len(block)
        if progress is not None:
            progress(done, len(ids))
    exact = len(ids) == table.num_rows and all(counter.exact for counter in counters.values())
    return Diversity(
        rows=table.num_rows,
        rows_read=len(ids),
        estimated=not (exact and sentences.exact),
        words=totals[1],
        vocabulary=len(number_of),
        distinct={
            n: min(1.0, counters[n].count / totals[n]) if totals[n] else None for n in N_GRAMS
        },
        repeated=sentences.repeated(column),
    )


class _Sentences:
    def __init__(self) -> None:
        self.rows: Counter[str] = Counter()
        self.times: Counter[str] = Counter()
        self.exact = True

    def add(self, text: str) -> None:
        found = [
            part
            for part in sentences_of(text)
            if REPEATED_CHARACTERS_MIN <= len(part) <= SEARCH_CHARACTERS_MAX
        ]
        self.times.update(found)
        self.rows.update(set(found))
        if len(self.times) > SENTENCES_MAX:
            # What repeats will come again; what came once makes room (lossy counting).
            self.exact = False
            self.times = Counter({part: n for part, n in self.times.items() if n > 1})
            self.rows = Counter({part: self.rows[part] for part in self.times})

    def repeated(self, column: str) -> tuple[Repeated, ...]:
        most = sorted(self.times.items(), key=lambda entry: (-entry[1], entry[0]))
        return tuple(
            Repeated(part, self.rows[part], n, Search(text=part, case=True, columns=(column,)))
            for part, n in most[:REPEATED_SHOWN]
            if n > 1
        )


def _n_grams(numbers: _U64, rows: npt.NDArray[np.int64], n: int) -> _U64:
    """Hashes of the n consecutive words that stand in one row."""
    if len(numbers) < n:
        return np.zeros(0, dtype=np.uint64)
    length = len(numbers) - n + 1
    inside = rows[:length] == rows[n - 1 :]
    hashes = np.zeros(length, dtype=np.uint64)
    for i in range(n):
        hashes = _mixed(hashes ^ numbers[i : i + length])
    found: _U64 = hashes[inside]
    return found


def _mixed(values: _U64) -> _U64:
    """A permutation of 64 bits that leaves no pattern (splitmix64, Steele et al. 2014)."""
    values = values + np.uint64(0x9E3779B97F4A7C15)  # wraps around
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return values ^ (values >> np.uint64(31))
