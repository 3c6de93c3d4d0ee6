"""How much of the test texts' words, and which of its labels, the training rows have."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import pyarrow as pa

from loupe.data.profile.card import Progress
from loupe.data.profile.values import ValueCounts, count_values
from loupe.data.profile.words import sample_rows, texts_in_blocks, words_of
from loupe.data.view.columns import MEASURED, Column, column_named, wrong_kind
from loupe.data.view.duck import IsCancelled, never

SAMPLE_ROWS = 5000
UNSEEN_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Coverage:
    """type_share: of the test's different words, those that occur in train; token_share: of all its
    words. None where the test has no words. unseen: the most frequent of the others, with counts.
    estimated: only a sample was read; of less train text fewer words are known, so that both shares
    are then rather too low.
    """

    train_rows_read: int
    test_rows_read: int
    estimated: bool
    type_share: float | None
    token_share: float | None
    unseen: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class LabelCoverage:
    """Labels that one split alone has, by name, the most frequent first."""

    only_train: tuple[str, ...]
    only_test: tuple[str, ...]


def measure_coverage(
    train: pa.Table,
    test: pa.Table,
    column: str,
    *,
    sample: int | None = SAMPLE_ROWS,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: IsCancelled = never,
) -> Coverage:
    """Of `sample` rows of each split; of all where it is None. progress: (rows done, to do).

    Raises InvalidInput where a split has no such column of texts, and Cancelled.
    """
    ids = {name: sample_rows(t.num_rows, sample, seed) for name, t in _both(train, test)}
    total = sum(len(chosen) for chosen in ids.values())
    counts: dict[str, Counter[str]] = {}
    done = 0
    for name, table in _both(train, test):
        chosen = _texts(table, column)
        counts[name] = Counter()
        for block in texts_in_blocks(table, chosen, ids[name], cancelled=cancelled):
            for text in block:
                counts[name].update(words_of(text or ""))
            done += len(block)
            if progress is not None:
                progress(done, total)
    known, tested = counts["train"], counts["test"]
    unseen = Counter({word: n for word, n in tested.items() if word not in known})
    return Coverage(
        train_rows_read=len(ids["train"]),
        test_rows_read=len(ids["test"]),
        estimated=total < train.num_rows + test.num_rows,
        type_share=1 - len(unseen) / len(tested) if tested else None,
        token_share=1 - unseen.total() / tested.total() if tested else None,
        unseen=tuple(
            sorted(unseen.items(), key=lambda entry: (-entry[1], entry[0]))[:UNSEEN_SHOWN]
        ),
    )


def measure_label_coverage(
    train: pa.Table, test: pa.Table, column: str, *, cancelled: IsCancelled = never
) -> LabelCoverage:
    """Over all rows; of the 100 most frequent values of each split. Classes go by their names."""
    seen = {}
    for name, table in _both(train, test):
        chosen = column_named(table.schema, column)
        counted = count_values(table, chosen, cancelled=cancelled)
        seen[name] = _names(counted)
    return LabelCoverage(
        tuple(name for name in seen["train"] if name not in seen["test"]),
        tuple(name for name in seen["test"] if name not in seen["train"]),
    )


def _names(counted: ValueCounts) -> list[str]:
    return [
        str(entry.value) if entry.label is None else entry.label
        for entry in counted.most
        if entry.count
    ]


def _both(train: pa.Table, test: pa.Table) -> tuple[tuple[str, pa.Table], tuple[str, pa.Table]]:
    return (("train", train), ("test", test))


def _texts(table: pa.Table, name: str) -> Column:
    column = column_named(table.schema, name)
    if column.kind not in MEASURED:
        raise wrong_kind(column, "coverage", table.schema, MEASURED)
    return column
