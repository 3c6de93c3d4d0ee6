"""The first rows of a file, as a reading gives them."""

from __future__ import annotations

from pathlib import Path

from loupe.data.doctor.finding import Preview
from loupe.data.doctor.sample import HEAD_BYTES, SCAN_BYTES
from loupe.data.formats import BINARY_FORMATS, Look, faults, open_table
from loupe.data.paths import reading_of
from loupe.data.spec import Reading
from loupe.errors import InvalidInput

PREVIEW_ROWS = 20
_CELL_CHARACTERS = 500
_CELL_ITEMS = 50
_COLUMNS = 50


def preview(path: Path, reading: Reading) -> Preview:
    """At most `PREVIEW_ROWS` rows; long cells, lists and wide tables are cut."""
    found = _preview(path, reading, HEAD_BYTES)
    if not found.rows and found.fault is None:
        # The first row may be longer than that.
        found = _preview(path, reading, SCAN_BYTES)
    if not found.rows and found.fault is None:
        return Preview(found.names, fault=faults.empty(path))
    return found


def _preview(path: Path, reading: Reading, limit_bytes: int) -> Preview:
    try:
        table = open_table(path, reading_of(reading, path), Look(limit_bytes=limit_bytes))
    except InvalidInput as fault:
        return Preview(fault=fault)
    names = table.names[:_COLUMNS]
    rows: list[tuple[object, ...]] = []
    try:
        for batch in table.batches(range(len(names))):
            taken = batch.slice(0, PREVIEW_ROWS - len(rows))
            columns = [column.to_pylist() for column in taken.columns]
            rows += [tuple(_cut(v) for v in row) for row in zip(*columns, strict=True)]
            if len(rows) >= PREVIEW_ROWS:
                break
    except InvalidInput as fault:
        return Preview(names, tuple(rows), fault)
    return Preview(names, tuple(rows))


def trial(path: Path, reading: Reading) -> InvalidInput | None:
    """Read it as opening it would, but not beyond `SCAN_BYTES`; what the reader refuses."""
    rows = size = 0
    try:
        for batch in open_table(path, reading, Look(limit_bytes=SCAN_BYTES)).batches(None):
            rows, size = rows + batch.num_rows, size + int(batch.nbytes)
            if reading.format in BINARY_FORMATS and size > SCAN_BYTES:
                break
    except InvalidInput as error:
        return error
    return None


def _cut(value: object) -> object:
    if isinstance(value, str | bytes):
        cut = value[:_CELL_CHARACTERS]
        if len(value) == len(cut):
            return value
        return cut + "…" if isinstance(cut, str) else cut
    if isinstance(value, list):
        return [_cut(item) for item in value[:_CELL_ITEMS]]
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items()}
    return value
