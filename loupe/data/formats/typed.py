"""Tables that know their types: what Parquet and Arrow have in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel, Features

from loupe.data.formats import faults
from loupe.data.formats.table import MAX_COLUMNS, unique_names
from loupe.errors import InvalidInput

# MemoryError: a damaged length asks for all the memory there is.
READ_FAULTS = (pa.ArrowException, OSError, MemoryError, ValueError, OverflowError, KeyError)
_MAX_LEVELS = 32


def flat_names(path: Path, schema: pa.Schema) -> tuple[str, ...]:
    """The names after records were made columns: `translation.en`. Raises InvalidInput."""
    try:
        names = _flat(pa.Table.from_batches([], schema)).column_names
    except READ_FAULTS as error:  # a name that is no text
        raise faults.damaged(path, "a whole table", str(error)) from error
    if len(names) > MAX_COLUMNS:
        raise faults.too_many_columns(path, len(names), MAX_COLUMNS)
    return unique_names(names)


def class_names(schema: pa.Schema) -> dict[int, tuple[str, ...]]:
    """By position after flattening, the names of classes that `datasets` wrote beside the types."""
    try:
        features = Features.from_arrow_schema(schema).flatten()
    except Exception:
        # Whatever somebody wrote there as metadata: without it the numbers can still be read.
        return {}
    flat = _flat(pa.Table.from_batches([], schema)).schema
    found = {}
    for i, part in enumerate(flat):
        feature: Any = features.get(part.name)
        inner = getattr(feature, "feature", feature)  # a list's own
        kind = part.type.value_type if pa.types.is_list(part.type) else part.type
        if isinstance(inner, ClassLabel) and pa.types.is_integer(kind) and inner.names:
            found[i] = tuple(str(name) for name in inner.names)
    return found


def plain_batch(
    path: Path, batch: pa.RecordBatch, names: Sequence[str], columns: Sequence[int] | None
) -> pa.RecordBatch:
    """The batch with flat columns of plain types, checked. Raises InvalidInput.

    names: of all flat columns of the batch.
    """
    try:
        # Offsets out of bounds would be read as they are, and end the process.
        batch.validate(full=True)
        flat = _flat(pa.Table.from_batches([batch]))
    except READ_FAULTS as error:
        raise faults.damaged(path, "a whole table", str(error)) from error
    wanted = range(len(names)) if columns is None else columns
    arrays = [_plain(path, names[i], flat.column(i)) for i in wanted]
    return pa.record_batch(arrays, names=[names[i] for i in wanted])


def _flat(table: pa.Table) -> pa.Table:
    for _ in range(_MAX_LEVELS):
        if not any(pa.types.is_struct(part.type) and len(part.type) for part in table.schema):
            break
        table = table.flatten()
    return table


def _plain(path: Path, name: str, column: pa.ChunkedArray) -> pa.Array:
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):
        values = values.chunk(0) if values.num_chunks else pa.array([], values.type)
    if isinstance(values, pa.ExtensionArray):
        values = values.storage
    kind = _plain_kind(values.type)
    try:
        return values if kind == values.type else pc.cast(values, kind)
    except (pa.ArrowException, ValueError) as error:
        raise InvalidInput(
            "The column “{column}” of {path} holds {kind}, which cannot be shown.",
            "Write the file again without it, or with texts in it.",
            path=str(path),
            column=name,
            kind=str(values.type),
            detail=str(error),
        ) from error


def _plain_kind(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_dictionary(kind):
        return _plain_kind(kind.value_type)
    if pa.types.is_null(kind) or pa.types.is_string_view(kind):
        return pa.string()
    if pa.types.is_binary_view(kind):
        return pa.binary()
    if pa.types.is_run_end_encoded(kind):
        return _plain_kind(kind.value_type)
    if pa.types.is_list(kind):
        return pa.list_(_plain_kind(kind.value_type))
    if pa.types.is_large_list(kind):
        return pa.large_list(_plain_kind(kind.value_type))
    return kind
