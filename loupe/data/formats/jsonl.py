"""JSON lines: an object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from loupe.data.formats.records import Record, open_records, too_deep
from loupe.data.formats.streams import Look, Text
from loupe.data.formats.table import FileTable
from loupe.data.spec import Reading
from loupe.errors import InvalidInput


def open_jsonl(path: Path, reading: Reading, look: Look) -> FileTable:
    """A column for each key, nested ones by `outer.inner`. Raises InvalidInput."""
    return open_records(path, reading, look, partial(_records, path, reading))


def _records(path: Path, reading: Reading, look: Look) -> Iterator[Record]:
    with Text(path, reading, look) as text:
        for number, line in text.lines():
            if line and not line.isspace():
                yield f"line {number}", parse_line(path, line, number), len(line)


def parse_line(path: Path, line: str, number: int) -> Any:
    """The line's value. Raises InvalidInput."""
    try:
        return json.loads(line)
    except ValueError as error:
        raise not_json(path, number, str(error)) from error
    except RecursionError as error:
        raise too_deep(path, f"line {number}") from error


def not_json(path: Path, line: int, detail: str) -> InvalidInput:
    return InvalidInput(
        "Line {line} of {path} is not JSON.",
        "Correct that line; a file with one object a line is jsonl, one with a list is json.",
        path=str(path),
        line=line,
        detail=detail,
    )
