"""A JSON document: a list of objects, an object that holds one, or an object of equal-length lists.

Rows that lie in a list are read one by one; lists by column have to fit into memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from loupe.data.formats import faults
from loupe.data.formats.json_cursor import Cursor, Cut
from loupe.data.formats.records import Record, open_records
from loupe.data.formats.streams import Look, Text
from loupe.data.formats.table import FileTable
from loupe.data.spec import Reading
from loupe.errors import InvalidInput

MAX_BY_COLUMN_CHARACTERS = 256 << 20
_OBJECTS, _LIST, _OTHER = "objects", "list", "other"


def open_json(path: Path, reading: Reading, look: Look) -> FileTable:
    """A column for each key, nested ones by `outer.inner`. Raises InvalidInput."""
    return open_records(path, reading, look, partial(_records, path, reading))


def _records(path: Path, reading: Reading, look: Look) -> Iterator[Record]:
    within = tuple(reading.field.split(".")) if reading.field else ()
    try:
        with Text(path, reading, look) as text:
            cursor = Cursor(text)
            sign = _enter(path, cursor, within)
            if sign == "[":
                yield from _rows(cursor)
                if not within:
                    cursor.end()
                return
            if sign != "{":
                # Told apart from broken JSON by reading it.
                cursor.value()
                raise _no_rows(path)
    except Cut:
        return
    yield from _rows_of_object(path, reading, look, within)


def _rows(cursor: Cursor) -> Iterator[Record]:
    before = cursor.taken
    for number, row in enumerate(cursor.elements(), start=1):
        yield f"row {number}", row, cursor.taken - before
        before = cursor.taken


def _enter(path: Path, cursor: Cursor, within: tuple[str, ...]) -> str:
    """Go to the value under these keys; its first sign."""
    for key in within:
        if cursor.peek() != "{" or not any(_found(cursor, key)):
            raise InvalidInput(
                "{path} has no “{field}”.",
                "Name the key under which the rows lie, parted by dots where it is nested.",
                path=str(path),
                field=".".join(within),
            )
    return cursor.peek()


def _found(cursor: Cursor, key: str) -> Iterator[bool]:
    for name in cursor.members():
        if name == key:
            yield True
            return
        cursor.skip()


def survey(path: Path, reading: Reading, look: Look, within: tuple[str, ...]) -> dict[str, Any]:
    """What lies under each key of an object: (kind, length). A cut object gives what was seen."""
    found: dict[str, Any] = {}
    with Text(path, reading, look) as text:
        cursor = Cursor(text)
        try:
            if _enter(path, cursor, within) != "{":
                return {}
            for key in cursor.members():
                if cursor.peek() != "[":
                    found[key] = (_OTHER, 0)
                    cursor.skip()
                    continue
                length, objects = 0, True
                for value in cursor.elements():
                    length += 1
                    objects = objects and isinstance(value, dict)
                    found[key] = (_OBJECTS if objects else _LIST, length)
                found[key] = (_OBJECTS if objects and length else _LIST, length)
            if not within:
                cursor.end()
        except Cut:
            pass
    return found


def _rows_of_object(
    path: Path, reading: Reading, look: Look, within: tuple[str, ...]
) -> Iterator[Record]:
    found = survey(path, reading, look, within)
    tables = [key for key, (kind, _) in found.items() if kind == _OBJECTS]
    lengths = {key: length for key, (kind, length) in found.items() if kind != _OTHER}
    if len(tables) > 1:
        raise InvalidInput(
            "{path} holds several lists of rows: {names}.",
            "Name the one to read as its field.",
            path=str(path),
            names=", ".join(f"“{name}”" for name in tables[:20]),
        )
    if not tables and not lengths:
        raise _no_rows(path)
    try:
        with Text(path, reading, look) as text:
            cursor = Cursor(text)
            _enter(path, cursor, (*within, *tables))
            if tables:
                yield from _rows(cursor)
                return
            columns = _columns(path, cursor)
    except Cut:
        return
    if len(set(lengths.values())) > 1:
        raise _no_rows(path)
    for number, row in enumerate(zip(*columns.values(), strict=True), start=1):
        yield f"row {number}", dict(zip(columns, row, strict=True)), 0


def _columns(path: Path, cursor: Cursor) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for key in cursor.members():
        if cursor.peek() != "[":
            cursor.skip()
            continue
        columns[key] = []
        for value in cursor.elements():
            columns[key].append(value)
            if cursor.taken > MAX_BY_COLUMN_CHARACTERS:
                raise faults.too_long(path, cursor.line, MAX_BY_COLUMN_CHARACTERS)
    return columns


def _no_rows(path: Path) -> InvalidInput:
    return InvalidInput(
        "The file {path} holds no list of rows.",
        "Write a list of objects, one a row, or one object a line (jsonl).",
        path=str(path),
    )
