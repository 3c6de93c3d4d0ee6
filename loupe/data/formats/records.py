"""Objects of JSON as columns: read twice, first for the kinds of values, then for the values.

So a file of any size is read in little memory, and a kind that changes late is known by its row.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from loupe.data.formats import faults
from loupe.data.formats.streams import Look
from loupe.data.formats.table import BATCH_BYTES, BATCH_ROWS, MAX_COLUMNS, FileTable
from loupe.data.spec import Reading
from loupe.errors import InvalidInput

MAX_DEPTH = 32
_UNFIT = (pa.ArrowException, UnicodeEncodeError, OverflowError, RecursionError)

Record = tuple[str, Any, int]  # where it stands ("line 3"), the value, its characters
Row = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class _Column:
    """What a column's values have been so far. fault: why they make no column."""

    kind: pa.DataType
    fault: InvalidInput | None = None
    as_text: bool = False


def open_records(
    path: Path, reading: Reading, look: Look, records: Callable[[Look], Iterator[Record]]
) -> FileTable:
    """A table of the records. Raises InvalidInput now for their form, later for a column."""
    columns: dict[str, _Column] = {}
    for chunk in _chunks(path, records(look)):
        for name in dict.fromkeys(key for _, row in chunk for key in row):
            if len(columns) >= MAX_COLUMNS and name not in columns:
                raise faults.too_many_columns(path, len(columns) + 1, MAX_COLUMNS)
            if name not in columns:
                _check_name(path, name, chunk)
            _learn(path, columns.setdefault(name, _Column(pa.null())), name, chunk, reading.mixed)
    if not columns:
        raise faults.empty(path)
    names = tuple(columns)
    kinds = [pa.string() if c.as_text else _settled(c.kind) for c in columns.values()]
    found = list(columns.values())

    def batches(positions: Sequence[int] | None) -> Iterator[pa.RecordBatch]:
        wanted = range(len(names)) if positions is None else positions
        for i in wanted:
            if (fault := found[i].fault) is not None:
                raise fault
        for chunk in _chunks(path, records(look)):
            yield pa.record_batch(
                [_array(path, names[i], kinds[i], found[i].as_text, chunk) for i in wanted],
                names=[names[i] for i in wanted],
            )

    return FileTable(names, batches)


def _check_name(path: Path, name: str, chunk: list[Row]) -> None:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        place = next(place for place, row in chunk if name in row)
        shown = faults.excerpt(name)
        raise faults.not_storable(path, shown, place, shown, str(error)) from error


def _chunks(path: Path, records: Iterator[Record]) -> Iterator[list[Row]]:
    chunk: list[Row] = []
    characters = 0
    for place, record, length in records:
        if not isinstance(record, dict):
            raise InvalidInput(
                "In {path}, {place} is not an object with named values.",
                'Write each row as {{"column": value, …}}.',
                path=str(path),
                place=place,
            )
        chunk.append((place, _flatten(path, place, record)))
        characters += length
        if len(chunk) >= BATCH_ROWS or characters >= BATCH_BYTES:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _flatten(
    path: Path, place: str, record: dict[str, Any], before: str = "", depth: int = 0
) -> dict[str, Any]:
    """`{"translation": {"en": …}}` has the column `translation.en`."""
    if depth > MAX_DEPTH:
        raise too_deep(path, place)
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat.update(_flatten(path, place, value, f"{before}{key}.", depth + 1))
        else:
            flat[f"{before}{key}"] = value
    return flat


def too_deep(path: Path, place: str) -> InvalidInput:
    return InvalidInput(
        "In {path}, {place} is nested more than {limit} levels deep.",
        "Write flat rows: a value, or a list of values, for each column.",
        path=str(path),
        place=place,
        limit=MAX_DEPTH,
    )


def _learn(path: Path, column: _Column, name: str, chunk: list[Row], mixed: str) -> None:
    """Widen the column's kind by a chunk's values, or note where they stop being alike."""
    if column.fault is not None:
        return
    try:
        merged = _merged(column.kind, pa.array([row.get(name) for _, row in chunk]).type)
    except _UNFIT:
        merged = None
    if merged is not None and not column.as_text:
        column.kind = merged
        return
    for place, row in chunk:
        fault = _learn_one(path, column, name, place, row.get(name))
        if fault is None:
            continue
        if mixed == "text" and _as_text(row.get(name)) is not None:
            column.as_text = True
        else:
            column.fault = fault
            return


def _learn_one(
    path: Path, column: _Column, name: str, place: str, value: Any
) -> InvalidInput | None:
    shown = faults.excerpt(json.dumps(value, default=str, ensure_ascii=False))
    try:
        kind = pa.array([value]).type
    except (UnicodeEncodeError, OverflowError) as error:
        return faults.not_storable(path, name, place, shown, str(error))
    except (pa.ArrowException, RecursionError) as error:
        return faults.unlike(path, name, place, shown, str(error))
    merged = _merged(column.kind, kind)
    if merged is None:
        return faults.unlike(path, name, place, shown, f"{column.kind} and {kind}")
    column.kind = merged
    return None


def _as_text(value: Any) -> str | None:
    """A value as text; None where it holds half a character, which no text can."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return None
    return text


def _array(path: Path, name: str, kind: pa.DataType, as_text: bool, chunk: list[Row]) -> pa.Array:
    values = [row.get(name) for _, row in chunk]
    if as_text:
        values = [None if value is None else _as_text(value) for value in values]
    try:
        return pa.array(values, kind)
    except _UNFIT as error:
        place = next((p for p, row in chunk if not _fits(row.get(name), kind)), chunk[0][0])
        raise faults.unlike(path, name, place, str(kind), str(error)) from error


def _fits(value: Any, kind: pa.DataType) -> bool:
    try:
        pa.array([value], kind)
    except _UNFIT:
        return False
    return True


def _merged(one: pa.DataType, other: pa.DataType, depth: int = 0) -> pa.DataType | None:
    """The kind that holds values of both; None where there is none."""
    if depth > MAX_DEPTH:
        return None
    if one == other and not pa.types.is_nested(one):
        return one
    if pa.types.is_null(one) or pa.types.is_null(other):
        kept = other if pa.types.is_null(one) else one
        return kept if not pa.types.is_nested(kept) else _merged(kept, kept, depth)
    if {one, other} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if pa.types.is_list(one) and pa.types.is_list(other):
        inner = _merged(one.value_type, other.value_type, depth + 1)
        return None if inner is None else pa.list_(inner)
    if pa.types.is_struct(one) and pa.types.is_struct(other):
        parts = {part.name: part.type for part in one}
        for part in other:
            both = _merged(parts.get(part.name, pa.null()), part.type, depth + 1)
            if both is None:
                return None
            parts[part.name] = both
        return pa.struct(list(parts.items()))
    return None


def _settled(kind: pa.DataType) -> pa.DataType:
    """The kind to keep: a column in which nothing was ever said is one of missing texts."""
    if pa.types.is_null(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_settled(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([(part.name, _settled(part.type)) for part in kind])
    return kind
