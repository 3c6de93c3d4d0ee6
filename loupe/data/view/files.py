"""A view as a file, written in batches so that memory stays small however many rows it has."""

from __future__ import annotations

import csv
import io
import json
import math
from base64 import b64encode
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from loupe.data.view.duck import IsCancelled, never, raise_if
from loupe.errors import InvalidInput
from loupe.formula_guard import guarded

ExportFormat = Literal["csv", "jsonl", "parquet"]

_BATCH_ROWS = 1000
# Larger cells are written in smaller batches: so much of the file is in memory at a time.
_BATCH_BYTES = 16 << 20


def export(
    table: pa.Table,
    ids: npt.NDArray[np.int64] | None,
    target: Path | BinaryIO,
    format: ExportFormat,
    *,
    cancelled: IsCancelled = never,
) -> int:
    """Write the rows in the order of ids (None: all) and give their number.

    csv: UTF-8; text that could run as a formula has a quote put before it, lists and nested values
    are JSON, null is an empty field. jsonl: one object a line; nan and infinities are null.
    parquet: the table's own types, as far as Parquet has them, and its class names.
    Raises Cancelled, and InvalidInput for types that Parquet lacks; what was written stays.
    """
    if isinstance(target, Path):
        with target.open("wb") as stream:
            return export(table, ids, stream, format, cancelled=cancelled)
    written = 0
    batches = _batches(table, ids, cancelled)
    if format == "parquet":
        return _write_parquet(table.schema, batches, target)
    if format == "csv":
        target.write(_csv_lines([table.column_names]))
    for batch in batches:
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        if format == "csv":
            target.write(_csv_lines(rows))
        else:
            target.write(b"".join(_json_line(table.column_names, row) for row in rows))
        written += batch.num_rows
    return written


def _write_parquet(schema: pa.Schema, batches: Iterable[pa.Table], target: BinaryIO) -> int:
    written = 0
    try:
        with pq.ParquetWriter(target, schema) as writer:
            for batch in batches:
                writer.write_table(batch)
                written += batch.num_rows
    except pa.ArrowNotImplementedError as error:
        raise InvalidInput(
            "A column of this data has a type that Parquet does not know.",
            "Download it as jsonl.",
            detail=str(error),
        ) from error
    return written


def _batches(
    table: pa.Table, ids: npt.NDArray[np.int64] | None, cancelled: IsCancelled
) -> Iterator[pa.Table]:
    """The view's rows in order, few enough at a time for the memory even where cells are huge.

    Rows are taken from each chunk by itself: `Table.take` would put whole columns together first.
    """
    chunks = table.to_batches()
    ends = np.cumsum([chunk.num_rows for chunk in chunks], dtype=np.int64)
    chunk_bytes = np.array([chunk.nbytes for chunk in chunks], dtype=np.int64)
    total = table.num_rows if ids is None else len(ids)
    for start in range(0, total, _BATCH_ROWS):
        raise_if(cancelled)
        end = min(start + _BATCH_ROWS, total)
        chosen = np.arange(start, end) if ids is None else np.asarray(ids[start:end])
        homes = np.searchsorted(ends, chosen, side="right")
        places = chosen - ends[homes] + [chunks[home].num_rows for home in homes]
        cuts = [0, len(chosen)]
        if chunk_bytes[np.unique(homes)].sum() > _BATCH_BYTES:
            cuts = _cuts(
                [chunks[home].slice(at, 1).nbytes for home, at in zip(homes, places, strict=True)]
            )
        for a, b in pairwise(cuts):
            yield _taken(chunks, homes[a:b], places[a:b], table.schema)


def _cuts(row_bytes: list[int]) -> list[int]:
    """Where to part rows so that each part has about _BATCH_BYTES, or is one row."""
    parts = np.cumsum(row_bytes) // _BATCH_BYTES
    return [0, *(np.flatnonzero(np.diff(parts)) + 1).tolist(), len(row_bytes)]


def _taken(
    chunks: list[pa.RecordBatch],
    homes: npt.NDArray[np.int64],
    places: npt.NDArray[np.int64],
    schema: pa.Schema,
) -> pa.Table:
    """The rows at places[i] of chunks[homes[i]], in this order."""
    order = np.argsort(homes, kind="stable")
    if "_view" in str(schema.types):  # Arrow cannot take from views of strings
        return pa.Table.from_batches(
            [chunks[home].slice(at, 1) for home, at in zip(homes, places, strict=True)], schema
        )
    taken = [
        chunks[home].take(pa.array(places[order][homes[order] == home]))
        for home in np.unique(homes)
    ]
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    return pa.Table.from_batches(taken, schema).combine_chunks().take(pa.array(back))


def _csv_lines(rows: Iterable[Iterable[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([_csv_cell(value) for value in row] for row in rows)
    return out.getvalue().encode("utf-8", "surrogatepass")


def _csv_cell(value: Any) -> object:
    if isinstance(value, (list, dict, tuple)):
        value = json.dumps(_plain(value), ensure_ascii=False)
    elif isinstance(value, bytes):
        value = b64encode(value).decode("ascii")
    elif value is not None and not isinstance(value, (bool, int, float, str)):
        value = str(value)
    return guarded(value)


def _json_line(names: list[str], row: tuple[Any, ...]) -> bytes:
    """Written pair by pair: two columns of one name must not become one."""
    pairs = (
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps(_plain(value), ensure_ascii=False)}"
        for name, value in zip(names, row, strict=True)
    )
    return ("{" + ", ".join(pairs) + "}\n").encode("utf-8", "surrogatepass")


def _plain(value: Any) -> Any:
    """A value as JSON knows it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return b64encode(value).decode("ascii")
    if value is None or isinstance(value, (bool, int, str)):
        return value
    return str(value)
