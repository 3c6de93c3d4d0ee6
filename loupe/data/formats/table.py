"""A file as a table whose rows come in batches: what every format gives."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa

# A batch of so many rows or bytes: small enough that a slice of rows is cheap to find and to read.
BATCH_ROWS = 1000
BATCH_BYTES = 1 << 20
MAX_COLUMNS = 10_000


@dataclass(frozen=True, slots=True)
class FileTable:
    """A file's columns by position; nothing is read before it is asked for.

    names: (C,); all different; "0", "1", ... where the file has no header.
    batches: from positions (None: all) to record batches, all of one schema, of at most
    `BATCH_ROWS` rows; each call reads the file again, and raises InvalidInput where it is wrong.
    class_names: of columns whose integers are classes, the classes' names.
    """

    names: tuple[str, ...]
    batches: Callable[[Sequence[int] | None], Iterator[pa.RecordBatch]]
    class_names: Mapping[int, tuple[str, ...]] = field(default_factory=dict)

    def column(self, position: int) -> pa.ChunkedArray:
        """All values of one column, in memory. Raises InvalidInput."""
        chunks = [batch.column(0) for batch in self.batches([position])]
        return pa.chunked_array(chunks) if chunks else pa.chunked_array([], pa.string())


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """The names, an empty one by its position, the second “a” as “a_2”."""
    taken: set[str] = set()
    given = set(names)
    unique = []
    for position, name in enumerate(names):
        wanted = name or str(position)
        chosen, number = wanted, 2
        while chosen in taken or (chosen != name and chosen in given):
            chosen, number = f"{wanted}_{number}", number + 1
        taken.add(chosen)
        unique.append(chosen)
    return tuple(unique)


def text_batch(names: Sequence[str], columns: Sequence[Sequence[object]]) -> pa.RecordBatch:
    """Columns of texts as one batch."""
    return pa.record_batch([pa.array(c, pa.string()) for c in columns], names=list(names))
