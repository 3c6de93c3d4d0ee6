"""How often each value of a column comes up, counted over all rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from loupe.data.view.columns import Column, Kind, is_list
from loupe.data.view.duck import IsCancelled, never, numbered, running
from loupe.data.view.query import Filter, Scalar, Values

MOST_FREQUENT = 100
# Beyond so many rows different values are estimated (HyperLogLog) instead of counted.
COUNTED_ROWS_MAX = 20_000_000


@dataclass(frozen=True, slots=True)
class ValueCount:
    """value: as stored. label: the class's name; known: False for an id that has none.

    count: rows that hold it: of lists, rows where it is an item, however often.
    """

    value: Scalar
    label: str | None
    known: bool
    count: int
    filter: Filter


@dataclass(frozen=True, slots=True)
class ValueCounts:
    """most: the MOST_FREQUENT values, the most frequent first, and every known class, also those
    that no row has. rest_values, rest_rows: all others; rest_filter shows them (None where there
    are none, and for lists, whose rows may hold values of both).
    """

    most: tuple[ValueCount, ...]
    distinct: int
    rest_values: int
    rest_rows: int
    rest_filter: Filter | None


def count_distinct(
    table: pa.Table, column: Column, *, cancelled: IsCancelled = never
) -> tuple[int | None, bool]:
    """(different values, null not counted; whether that is exact). None for nested columns.

    Texts are told apart by 64 bits of a hash: at a million rows, one pair is mistaken for equal
    with a probability of 3e-8. Of lists, whole lists are compared.
    """
    if column.kind in (Kind.NESTED, Kind.OTHER):
        return None, False
    if not table.num_rows or pa.types.is_null(column.type):
        return 0, True
    if pa.types.is_float16(column.type):
        # DuckDB does not know them; every one of them is a float32 too.
        table = table.cast(pa.schema([(column.name, pa.float32())]))
    name = f"c{column.position}"
    exact = table.num_rows <= COUNTED_ROWS_MAX
    what = f"count(DISTINCT hash({name}))" if exact else f"approx_count_distinct({name})"
    sql = f"SELECT {what} FROM t WHERE {name} IS NOT NULL"
    scanned = numbered(table, [column.position])
    with running(sql, {"t": scanned}, cancelled=cancelled) as cursor:
        row = cursor.fetchone()
    assert row is not None
    return int(row[0]), exact


def count_values(table: pa.Table, column: Column, *, cancelled: IsCancelled = never) -> ValueCounts:
    """Values by frequency; of equally frequent ones the one that comes first in the file."""
    name = f"c{column.position}"
    lists = is_list(column.type)
    # A value twice in one list is one row.
    rows = f"SELECT r, {f'unnest(list_distinct({name}))' if lists else name} v FROM t"
    groups = f"SELECT v, count(*) n, min(r) f FROM ({rows}) WHERE v IS NOT NULL GROUP BY v"
    sql = (
        f"SELECT v, n, count(*) OVER (), sum(n) OVER () FROM ({groups}) "
        f"ORDER BY n DESC, f LIMIT {MOST_FREQUENT}"
    )
    if pa.types.is_fixed_size_list(column.type):
        table = table.cast(pa.schema([(column.name, pa.list_(column.type.value_type))]))
    scanned = numbered(table, [column.position])
    with running(sql, {"t": scanned}, cancelled=cancelled) as cursor:
        found = cursor.fetchall()
    distinct, total = (int(found[0][2]), int(found[0][3])) if found else (0, 0)
    most = [_counted(column, row[0], int(row[1])) for row in found]
    seen = {entry.value for entry in most}
    if distinct == len(most):
        most += [_counted(column, i, 0) for i in range(len(column.label_names)) if i not in seen]
    rest_rows = total - sum(entry.count for entry in most)
    rest: Filter | None = None
    if distinct > len(found) and not lists:
        rest = Values(column=column.name, values=tuple(row[0] for row in found), inside=False)
    return ValueCounts(tuple(most), distinct, distinct - len(found), rest_rows, rest)


def _counted(column: Column, value: Scalar, count: int) -> ValueCount:
    if isinstance(value, np.generic):
        value = value.item()
    label, known = None, True
    if column.label_names:
        assert isinstance(value, int)
        known = 0 <= value < len(column.label_names)
        label = column.label_names[value] if known else None
    return ValueCount(value, label, known, count, Values(column=column.name, values=(value,)))
