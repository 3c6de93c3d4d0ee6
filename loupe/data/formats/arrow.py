"""Arrow IPC, the file and the stream format (also as `datasets` caches it), memory-mapped."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from loupe.data.formats import faults, magic
from loupe.data.formats.streams import Look, check_regular
from loupe.data.formats.table import BATCH_BYTES, BATCH_ROWS, FileTable
from loupe.data.formats.typed import READ_FAULTS, class_names, flat_names, plain_batch
from loupe.data.spec import Reading


def open_arrow(path: Path, _: Reading, look: Look) -> FileTable:
    """A column of records gives one column a field: `translation.en`. Raises InvalidInput."""
    check_regular(path)
    with path.open("rb") as start:
        head = start.read(magic.HEAD_BYTES)
    if not head:
        raise faults.empty(path)
    known = magic.recognise(head)
    is_file = known is not None and known[0] == "an Arrow file"
    if known is not None and not is_file:
        raise magic.other_than_named(path, *known)
    schema = _read_schema(path, is_file=is_file)
    names, classes = flat_names(path, schema), class_names(schema)

    def batches(columns: Sequence[int] | None) -> Iterator[pa.RecordBatch]:
        for batch in _batches(path, look, is_file=is_file):
            step = _rows_a_slice(path, batch)
            for start in range(0, batch.num_rows, step):
                yield plain_batch(path, batch.slice(start, step), names, columns)

    return FileTable(names, batches, classes)


def _rows_a_slice(path: Path, batch: pa.RecordBatch) -> int:
    try:
        size = int(batch.nbytes)
    except READ_FAULTS as error:  # a buffer that is not there
        raise faults.damaged(path, "Arrow", str(error)) from error
    return max(1, min(BATCH_ROWS, int(batch.num_rows) * BATCH_BYTES // max(size, 1)))


def _read_schema(path: Path, *, is_file: bool) -> pa.Schema:
    try:
        with pa.memory_map(str(path)) as source:
            return (pa.ipc.open_file if is_file else pa.ipc.open_stream)(source).schema
    except READ_FAULTS as error:
        raise faults.damaged(path, "Arrow", str(error)) from error


def _batches(path: Path, look: Look, *, is_file: bool) -> Iterator[pa.RecordBatch]:
    try:
        with pa.memory_map(str(path)) as source:
            before = 0
            if is_file:
                reader = pa.ipc.open_file(source)
                count = reader.num_record_batches
                opened = (reader.get_batch(i) for i in range(count))
            else:
                opened = iter(pa.ipc.open_stream(source))
            for batch in opened:
                yield batch
                at = source.tell()
                look.watch(max(0, at - before))
                before = max(at, before)
    except READ_FAULTS as error:
        raise faults.damaged(path, "Arrow", str(error)) from error
