"""A card a column: what all of its rows hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from loupe.data.profile.bins import LengthProfile, NumberProfile, length_profile, number_profile
from loupe.data.profile.values import ValueCounts, count_distinct, count_values
from loupe.data.view.cache import RESULTS, ResultCache
from loupe.data.view.columns import MEASURED, Column, Kind, columns_of
from loupe.data.view.duck import IsCancelled, never
from loupe.data.view.filters import filter_mask, numbers_of
from loupe.data.view.lengths import Lengths, lengths_of
from loupe.data.view.query import Absence, Filter, Missing, Unit
from loupe.data.view.scan import NO_ROW_SETS

Progress = Callable[[int, int], None]

# A text column is one of labels where its values are so short, so few, and come up so often.
LABEL_CHARACTERS_MAX = 60
LABEL_VALUES_MAX = 1000
LABEL_MEAN_ROWS_MIN = 2
# Of a column of lists of texts: so many different items in its first rows, and they are tags.
TAGS_MAX = 100
HEAD_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Absent:
    """Rows of one kind of absence, and the filter that shows them."""

    count: int
    filter: Filter


@dataclass(frozen=True, slots=True)
class ColumnCard:
    """One column over all rows.

    label_like: its values are classes: by the file's own word, or short, few and repeated.
    null, empty, blank: no row counts in two of them. blank: white space alone.
    unique: how many different values, null not counted; unique_exact: else within some percent.
        None for nested columns.
    characters, words: of texts. numbers: of numbers. values: where label_like, and of bools.
    """

    name: str
    position: int
    kind: Kind
    type: str
    rows: int
    label_like: bool
    null: Absent
    empty: Absent
    blank: Absent
    unique: int | None
    unique_exact: bool
    characters: LengthProfile | None
    words: LengthProfile | None
    numbers: NumberProfile | None
    values: ValueCounts | None


def profile_columns(
    table: pa.Table,
    fingerprint: str,
    *,
    progress: Progress | None = None,
    cancelled: IsCancelled = never,
    cache: ResultCache = RESULTS,
) -> tuple[ColumnCard, ...]:
    """A card for each column in order. progress: (columns done, columns). Raises Cancelled."""
    columns = columns_of(table.schema)
    cards = []
    for done, column in enumerate(columns):
        if progress is not None:
            progress(done, len(columns))
        cards.append(profile_column(table, fingerprint, column, cancelled=cancelled, cache=cache))
    if progress is not None:
        progress(len(columns), len(columns))
    return tuple(cards)


def profile_column(
    table: pa.Table,
    fingerprint: str,
    column: Column,
    *,
    cancelled: IsCancelled = never,
    cache: ResultCache = RESULTS,
) -> ColumnCard:
    """One column's card, kept under the fingerprint. column: see `columns_of`."""

    def compute() -> ColumnCard:
        # By itself and by a name that no other column has: names may come twice.
        alone = table.select([column.position])
        return _card(alone, fingerprint, column, cancelled, cache)

    return cache.get((fingerprint, "card", column.position), compute, cancelled=cancelled)


def _card(
    alone: pa.Table, fingerprint: str, column: Column, cancelled: IsCancelled, cache: ResultCache
) -> ColumnCard:
    here = columns_of(alone.schema)[0]

    def lengths(_table: pa.Table, _column: Column, unit: Unit) -> Lengths:
        # Kept under the position in the whole table, as filters look for it.
        return cache.get(
            (fingerprint, "lengths", column.position, unit),
            lambda: lengths_of(alone, here, unit, cancelled=cancelled),
            cancelled=cancelled,
        )

    def absent(kind: Absence) -> Absent:
        chosen = Missing(column=column.name, kind=kind)
        mask = filter_mask(alone, chosen, NO_ROW_SETS, measure=lengths, cancelled=cancelled)
        return Absent(int(np.count_nonzero(mask)), chosen)

    characters = words = None
    if column.kind in MEASURED:
        characters = length_profile(lengths(alone, here, "characters"), column.name, "characters")
        words = length_profile(lengths(alone, here, "words"), column.name, "words")
    unique, exact = count_distinct(alone, here, cancelled=cancelled)
    null = absent("null")
    label_like = _is_label_like(
        here, alone.column(0).slice(0, HEAD_ROWS), alone.num_rows - null.count, unique, characters
    )
    return ColumnCard(
        name=column.name,
        position=column.position,
        kind=column.kind,
        type=str(column.type),
        rows=alone.num_rows,
        label_like=label_like,
        null=null,
        empty=absent("empty"),
        blank=absent("blank"),
        unique=unique,
        unique_exact=exact,
        characters=characters,
        words=words,
        numbers=number_profile(numbers_of(alone, here), column.name)
        if column.kind is Kind.NUMBER
        else None,
        values=count_values(alone, here, cancelled=cancelled) if label_like else None,
    )


def _is_label_like(
    column: Column,
    head: pa.ChunkedArray,
    present: int,
    unique: int | None,
    characters: LengthProfile | None,
) -> bool:
    if column.kind in (Kind.LABEL, Kind.LABELS, Kind.BOOL):
        return True
    if column.kind is Kind.TEXTS:
        # Tags are few, words are many: the first rows tell.
        items = pc.unique(pc.list_flatten(head.combine_chunks()))
        return len(items) <= TAGS_MAX
    if column.kind not in (Kind.TEXT, Kind.NUMBER) or not unique:
        return False
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        return False
    short = characters is None or characters.maximum <= LABEL_CHARACTERS_MAX
    return short and unique <= LABEL_VALUES_MAX and unique * LABEL_MEAN_ROWS_MIN <= present
