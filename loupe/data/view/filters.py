"""One filter over one table: which rows pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from hashlib import sha256

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from loupe.data.view.columns import (
    MEASURED,
    Column,
    Kind,
    column_named,
    is_list,
    is_text,
    wrong_kind,
)
from loupe.data.view.duck import IsCancelled, never, raise_if
from loupe.data.view.lengths import Lengths, items_of, lengths_of
from loupe.data.view.query import Filter, Length, Missing, Numbers, Rows, Scalar, Unit, Values
from loupe.data.view.search import Mask
from loupe.errors import InvalidInput

# By digest, the rows that checks have found: (N,) ids from 0.
RowSets = Mapping[str, npt.NDArray[np.int64]]
# Lengths of a column, kept or counted: a filter need not know which.
Measure = Callable[[pa.Table, Column, Unit], Lengths]

NUMBERED = (Kind.NUMBER, Kind.LABEL)


def digest_of(ids: npt.NDArray[np.int64]) -> str:
    """What stands for a set of rows in a `Rows` filter; their order does not matter."""
    return sha256(np.unique(np.asarray(ids, dtype="<i8")).tobytes()).hexdigest()[:32]


def check_filter(chosen: Filter, schema: pa.Schema, row_sets: RowSets) -> None:
    """Raises InvalidInput: no such column, or one that holds something else; unknown rows."""
    if isinstance(chosen, Rows):
        if chosen.digest not in row_sets:
            raise InvalidInput(
                "The rows of “{name}” are not known any more.",
                "Run the check again.",
                name=chosen.name,
            )
        return
    column = column_named(schema, chosen.column)
    if isinstance(chosen, Length) and column.kind not in MEASURED:
        raise wrong_kind(column, "a length", schema, MEASURED)
    if isinstance(chosen, Numbers) and column.kind not in NUMBERED:
        raise wrong_kind(column, "a range of numbers", schema, NUMBERED)
    if isinstance(chosen, Values):
        _value_set(chosen, column)


def filter_mask(
    table: pa.Table,
    chosen: Filter,
    row_sets: RowSets,
    *,
    first_row: int = 0,
    measure: Measure | None = None,
    cancelled: IsCancelled = never,
) -> Mask:
    """(R,) whether each row passes. first_row: the number of the table's first row in its split."""
    raise_if(cancelled)
    if isinstance(chosen, Rows):
        mask = np.zeros(table.num_rows, dtype=bool)
        ids = row_sets[chosen.digest] - first_row
        mask[ids[(ids >= 0) & (ids < len(mask))]] = True
        return mask
    column = column_named(table.schema, chosen.column)

    def lengths(unit: Unit) -> Lengths:
        if measure is not None:
            return measure(table, column, unit)
        return lengths_of(table, column, unit, cancelled=cancelled)

    if isinstance(chosen, Length):
        found = lengths(chosen.unit)
        mask = found >= max(chosen.low, 0)
        return mask if chosen.high is None else mask & (found <= chosen.high)
    if isinstance(chosen, Missing):
        return _missing(table, column, chosen, lengths)
    if isinstance(chosen, Numbers):
        numbers = numbers_of(table, column)
        mask = ~np.isnan(numbers)
        if chosen.low is not None:
            mask &= numbers >= chosen.low
        if chosen.high is not None:
            mask &= numbers <= chosen.high
        return mask
    has = _has_value(table, column, chosen)
    return has if chosen.inside else ~has & ~null_mask(table, column)


def numbers_of(table: pa.Table, column: Column) -> npt.NDArray[np.float64]:
    """(R,) of a column of numbers or class ids; nan where there is none."""
    values = table.column(column.position)
    if not values.num_chunks:
        return np.zeros(0)
    if pa.types.is_decimal(values.type) or pa.types.is_float16(values.type):
        values = values.cast(pa.float64())
    pieces = [chunk.to_numpy(zero_copy_only=False) for chunk in values.chunks]
    return np.concatenate([piece.astype(np.float64) for piece in pieces])


def null_mask(table: pa.Table, column: Column) -> Mask:
    """(R,) whether the value is null; what is not a number counts as one."""
    return _numpy(pc.is_null(table.column(column.position), nan_is_null=True))


def _missing(
    table: pa.Table, column: Column, chosen: Missing, lengths: Callable[[Unit], Lengths]
) -> Mask:
    mask = np.zeros(table.num_rows, dtype=bool)
    if chosen.kind in ("any", "null"):
        mask |= null_mask(table, column)
    if chosen.kind in ("any", "empty"):
        if column.kind is Kind.TEXT:
            mask |= lengths("characters") == 0
        elif is_list(column.type):
            sizes = pc.fill_null(pc.list_value_length(table.column(column.position)), -1)
            mask |= _numpy(sizes) == 0
    if chosen.kind in ("any", "blank"):
        if column.kind is Kind.TEXT:
            mask |= (lengths("words") == 0) & (lengths("characters") > 0)
        elif column.kind is Kind.TEXTS:
            mask |= _blank_lists(table, column)
    return mask if chosen.missing else ~mask


def _blank_lists(table: pa.Table, column: Column) -> Mask:
    """Lists that have items, all of them missing, empty or white space."""
    pieces = [np.zeros(0, dtype=bool)]
    item = Column("", 0, Kind.TEXT, column.type.value_type)
    for chunk in table.column(column.position).chunks:
        items, rows = items_of(chunk)
        has_word = lengths_of(pa.table({"": items}), item, "words") > 0
        counts = np.bincount(rows, minlength=len(chunk))
        pieces.append((counts > 0) & (np.bincount(rows[has_word], minlength=len(chunk)) == 0))
    return np.concatenate(pieces)


def _has_value(table: pa.Table, column: Column, chosen: Values) -> Mask:
    wanted = _value_set(chosen, column)
    values = table.column(column.position)
    if not is_list(column.type):
        if pa.types.is_dictionary(values.type):
            values = values.cast(values.type.value_type)
        return _numpy(pc.is_in(values, value_set=wanted))
    pieces = [np.zeros(0, dtype=bool)]
    for chunk in values.chunks:
        items, rows = items_of(chunk)
        fits = pc.is_in(items, value_set=wanted).to_numpy(zero_copy_only=False)
        pieces.append(np.bincount(rows[fits], minlength=len(chunk)) > 0)
    return np.concatenate(pieces)


def _value_set(chosen: Values, column: Column) -> pa.Array:
    """The values as the column has them. Raises InvalidInput for those it can never have."""
    kind = column.type.value_type if is_list(column.type) else column.type
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    for value in chosen.values:
        if not _can_be(value, kind):
            raise InvalidInput(
                "The column “{column}” holds {kind}, never {value}.",
                "Choose one of its values.",
                column=column.name,
                kind=str(kind),
                value=repr(value),
            )
    try:
        return pa.array(list(chosen.values), kind)
    except (pa.ArrowInvalid, OverflowError) as error:
        raise InvalidInput(
            "The column “{column}” holds {kind}, which cannot be {values}.",
            "Choose one of its values.",
            column=column.name,
            kind=str(kind),
            values=", ".join(map(repr, chosen.values)),
            detail=str(error),
        ) from error


def _can_be(value: Scalar, kind: pa.DataType) -> bool:
    if is_text(kind):
        return isinstance(value, str)
    if pa.types.is_boolean(kind):
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if pa.types.is_integer(kind):
        return isinstance(value, int)
    return bool(
        pa.types.is_floating(kind) and isinstance(value, (int, float)) and not math.isnan(value)
    )


def _numpy(values: pa.ChunkedArray) -> Mask:
    found: Mask = np.asarray(values.to_numpy())
    return found
