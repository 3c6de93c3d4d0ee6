"""Batches of a file to one Arrow stream, as `datasets` reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
from datasets import ClassLabel, Features, LargeList, List

from loupe.data.formats import FileTable, faults
from loupe.data.formats.table import BATCH_BYTES, BATCH_ROWS
from loupe.errors import InvalidInput


def write_rows(path: Path, table: FileTable, target: Path, check: Callable[[int], None]) -> int:
    """Write all rows in batches of at most about `BATCH_ROWS` rows or `BATCH_BYTES`; their count.

    check: told how many bytes a batch wrote, and may raise.
    Raises InvalidInput as the table does, and where there are no rows.
    """
    rows = 0
    batches = _evened(table.batches(None))
    first = next(batches, None)
    if first is None:
        raise faults.empty(path)
    schema = _with_features(path, first.schema, table)
    with pa.OSFile(str(target), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
        batch: pa.RecordBatch | None = first
        while batch is not None:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
            rows += batch.num_rows
            check(int(batch.nbytes))
            batch = next(batches, None)
    return rows


def _evened(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Join what is small, so that a file of single-row batches does not stay one."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        if waiting and (rows + batch.num_rows > BATCH_ROWS or size + batch.nbytes > BATCH_BYTES):
            yield _joined(waiting)
            waiting, rows, size = [], 0, 0
        if batch.num_rows:
            waiting.append(batch)
            rows, size = rows + batch.num_rows, size + int(batch.nbytes)
    if waiting:
        yield _joined(waiting)


def _joined(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def _with_features(path: Path, schema: pa.Schema, table: FileTable) -> pa.Schema:
    """The schema with the names of classes beside it, as `datasets` keeps them."""
    try:
        features = Features.from_arrow_schema(schema.remove_metadata())
    except (ValueError, TypeError, NotImplementedError, pa.ArrowException) as error:
        raise InvalidInput(
            "{path} has a column of a kind that cannot be shown.",
            "Write the file again with texts, numbers and lists of them.",
            path=str(path),
            detail=str(error),
        ) from error
    for position, names in table.class_names.items():
        if len(set(names)) != len(names):
            continue  # two classes of one name: the numbers stay
        column = schema.names[position]
        label = ClassLabel(names=list(names))
        kind = schema.field(position).type
        if pa.types.is_list(kind):
            features[column] = List(label)
        elif pa.types.is_large_list(kind):
            features[column] = LargeList(label)
        else:
            features[column] = label
    metadata = features.arrow_schema.metadata
    # The physical types are the file's; a class is an int64 to `datasets`.
    return schema.with_metadata(metadata)
