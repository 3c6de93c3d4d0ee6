"""Plain text: a line a row, blank lines left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from loupe.data.formats.streams import Look, Text
from loupe.data.formats.table import BATCH_BYTES, BATCH_ROWS, FileTable, text_batch
from loupe.data.spec import Reading


def open_txt(path: Path, reading: Reading, look: Look) -> FileTable:
    """One column, `text`. Raises InvalidInput."""

    def batches(_: Sequence[int] | None) -> Iterator[pa.RecordBatch]:
        chunk: list[str] = []
        characters = 0
        with Text(path, reading, look) as text:
            for _number, line in text.lines():
                if line and not line.isspace():
                    chunk.append(line)
                    characters += len(line)
                    if len(chunk) >= BATCH_ROWS or characters >= BATCH_BYTES:
                        yield text_batch(("text",), (chunk,))
                        chunk, characters = [], 0
        if chunk:
            yield text_batch(("text",), (chunk,))

    return FileTable(("text",), batches)
