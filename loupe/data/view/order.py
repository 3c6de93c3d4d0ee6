"""By what rows are put into order: one number a row, nan where there is none."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from loupe.data.view.columns import MEASURED, Column, Kind, column_named, is_list, wrong_kind
from loupe.data.view.duck import IsCancelled, never, numbered, raise_if, running
from loupe.data.view.filters import Measure, null_mask, numbers_of
from loupe.data.view.lengths import NO_LENGTH
from loupe.data.view.query import Sort

Keys = npt.NDArray[np.float64]

_SINGLE = (Kind.TEXT, Kind.LABEL, Kind.NUMBER, Kind.BOOL, Kind.TIME)


def check_sort(sort: Sort, schema: pa.Schema) -> Column:
    """The column. Raises InvalidInput where it is not there or has no such order."""
    column = column_named(schema, sort.column)
    fitting: dict[str, tuple[Kind, ...]] = {
        "value": _SINGLE,
        "number": (Kind.TEXT, Kind.NUMBER, Kind.LABEL),
        "label": (Kind.LABEL, Kind.TEXT, Kind.BOOL),
        "characters": MEASURED,
        "words": MEASURED,
    }
    if column.kind not in fitting[sort.by]:
        raise wrong_kind(column, f"sorting by {sort.by}", schema, fitting[sort.by])
    return column


def sort_keys(
    table: pa.Table, sort: Sort, *, measure: Measure, cancelled: IsCancelled = never
) -> Keys:
    """(R,) numbers in the order of the rows' values; nan of missing ones."""
    raise_if(cancelled)
    column = check_sort(sort, table.schema)
    if sort.by == "characters" or sort.by == "words":
        lengths = measure(table, column, sort.by)
        return np.where(lengths == NO_LENGTH, np.nan, lengths.astype(np.float64))
    if sort.by == "label" and column.kind is Kind.LABEL:
        return _by_name(numbers_of(table, column), column.label_names)
    if sort.by == "number" and column.kind is Kind.TEXT:
        return _numbers_in_texts(table, column, cancelled)
    if column.kind is Kind.LABEL or _is_exact(column.type):
        return numbers_of(table, column)
    return _ranks(table, column)


def in_order(ids: npt.NDArray[np.int64], keys: Keys, *, descending: bool) -> npt.NDArray[np.int64]:
    """ids by keys[ids]; equal ones stay as they are, nan comes last either way."""
    chosen = keys[ids]
    if descending:
        chosen = -chosen
    return ids[np.argsort(chosen, kind="stable")]


def _is_exact(kind: pa.DataType) -> bool:
    """Whether a float64 holds every value: of larger integers neighbours would be equal."""
    small = pa.types.is_integer(kind) and kind.bit_width <= 32
    return bool(small or pa.types.is_floating(kind))


def _ranks(table: pa.Table, column: Column) -> Keys:
    assert not is_list(column.type)
    values = table.column(column.position)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    if not len(values):
        return np.zeros(0)
    if pa.types.is_boolean(values.type):
        values = values.cast(pa.uint8())
    ranks = pc.rank(values, sort_keys="ascending", tiebreaker="dense")
    keys: Keys = np.asarray(ranks.to_numpy(zero_copy_only=False), dtype=np.float64)
    keys[null_mask(table, column)] = np.nan
    return keys


def _by_name(ids: Keys, names: tuple[str, ...]) -> Keys:
    """The place of each class among the names by alphabet; ids without a name after them."""
    place = np.empty(len(names))
    place[sorted(range(len(names)), key=lambda i: names[i])] = np.arange(len(names))
    named = (ids >= 0) & (ids < len(names))
    keys: Keys = ids + len(names) + np.maximum(0, -np.min(ids, initial=0, where=~np.isnan(ids)))
    keys[named] = place[ids[named].astype(np.int64)]
    return keys


def _numbers_in_texts(table: pa.Table, column: Column, cancelled: IsCancelled) -> Keys:
    keys = np.full(table.num_rows, np.nan)
    name = f"c{column.position}"
    numbers = f"SELECT r, TRY_CAST(trim({name}) AS DOUBLE) n FROM t"
    sql = f"SELECT r, n FROM ({numbers}) WHERE n IS NOT NULL"
    with running(sql, {"t": numbered(table, [column.position])}, cancelled=cancelled) as cursor:
        found = cursor.fetchnumpy()
    keys[found["r"]] = found["n"]
    return keys
