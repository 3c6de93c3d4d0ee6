"""Parquet, a few rows at a time however large its row groups are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pa_parquet

from loupe.data.formats import faults, magic
from loupe.data.formats.streams import Look, check_regular
from loupe.data.formats.table import BATCH_BYTES, BATCH_ROWS, FileTable
from loupe.data.formats.typed import READ_FAULTS, class_names, flat_names, plain_batch
from loupe.data.spec import Reading

_BUFFER_BYTES = 1 << 20


def open_parquet(path: Path, _: Reading, look: Look) -> FileTable:
    """A column of records gives one column a field: `translation.en`. Raises InvalidInput."""
    check_regular(path)
    with path.open("rb") as start:
        known = magic.recognise(start.read(magic.HEAD_BYTES))
    if known is not None and known[0] != "a Parquet file":
        raise magic.other_than_named(path, *known)
    with _open(path) as file:
        schema, metadata = file.schema_arrow, file.metadata
    if metadata.num_rows == 0:
        raise faults.empty(path)
    names, classes = flat_names(path, schema), class_names(schema)
    rows = _rows_a_batch(metadata)

    def batches(columns: Sequence[int] | None) -> Iterator[pa.RecordBatch]:
        # A name with a dot may be a field's or a column's own: then all columns are read.
        alone = columns is not None and len(set(schema.names)) == len(schema.names)
        tops = sorted({top_of[i] for i in columns}) if alone and columns is not None else None
        inner = flat_names(path, schema if tops is None else pa.schema([schema[t] for t in tops]))
        positions = columns
        if tops is not None and columns is not None:
            kept = [i for i, top in enumerate(top_of) if top in set(tops)]
            positions = [kept.index(i) for i in columns]
        with _open(path) as file:
            picked = None if tops is None else [schema.names[t] for t in tops]
            try:
                for batch in file.iter_batches(rows, columns=picked, use_threads=False):
                    look.watch(int(path.stat().st_size * batch.num_rows / metadata.num_rows))
                    yield plain_batch(path, batch, inner, positions)
            except READ_FAULTS as error:
                raise faults.damaged(path, "Parquet", str(error)) from error

    top_of = [top for top, part in enumerate(schema) for _ in flat_names(path, pa.schema([part]))]
    return FileTable(names, batches, classes)


def _open(path: Path) -> pa_parquet.ParquetFile:
    try:
        # Read through a small buffer: a row group may be the whole file.
        return pa_parquet.ParquetFile(path, buffer_size=_BUFFER_BYTES, pre_buffer=False)
    except READ_FAULTS as error:
        raise faults.damaged(path, "Parquet", str(error)) from error


def _rows_a_batch(metadata: pa_parquet.FileMetaData) -> int:
    """So many rows as are about one batch, by the sizes that the file states."""
    groups = [metadata.row_group(i) for i in range(metadata.num_row_groups)]
    widest = max((g.total_byte_size / g.num_rows for g in groups if g.num_rows), default=1.0)
    return max(1, min(BATCH_ROWS, int(BATCH_BYTES / max(widest, 1.0))))
