"""The kinds of file that people bring, each read into named columns, batch by batch.

Nothing is guessed about values: a csv holds texts, so that "NA", "007" and "null" stay what they
are. A file that would load without a word and wrongly is refused with the line where it goes wrong.
One file a format; `FORMATS` lists them.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import cast, get_args

from loupe.data.formats import faults
from loupe.data.formats.arrow import open_arrow
from loupe.data.formats.conll import open_conll
from loupe.data.formats.delimited import open_delimited
from loupe.data.formats.json_document import open_json
from loupe.data.formats.jsonl import open_jsonl
from loupe.data.formats.parquet import open_parquet
from loupe.data.formats.streams import Look, Text, check_regular, find_undecodable
from loupe.data.formats.table import FileTable
from loupe.data.formats.txt import open_txt
from loupe.data.spec import Format, Reading

__all__ = [
    "BINARY_FORMATS",
    "FORMATS",
    "FileTable",
    "Look",
    "open_table",
    "read_file",
    "read_table",
]

FORMATS: dict[str, Callable[[Path, Reading, Look], FileTable]] = {
    "csv": open_delimited,
    "tsv": open_delimited,
    "txt": open_txt,
    "json": open_json,
    "jsonl": open_jsonl,
    "conll": open_conll,
    "parquet": open_parquet,
    "arrow": open_arrow,
}
BINARY_FORMATS = frozenset({"parquet", "arrow"})
_KNOWN_WHOLE = frozenset({"json", "jsonl"})  # opening them reads all rows once
_WHOLE = Look()


def open_table(path: Path, reading: Reading, look: Look = _WHOLE) -> FileTable:
    """The file's table, of which as little as possible was read. `reading.format` is not "auto".

    Raises InvalidInput with the place where the file is wrong: now what the beginning shows (for
    json and jsonl, of all rows), the rest while its batches are read.
    """
    check_regular(path)
    if path.stat().st_size == 0:
        raise faults.empty(path)
    return FORMATS[reading.format](path, reading, look)


def read_file(path: Path, reading: Reading) -> FileTable:
    """The same for training: that there are rows and all are in the encoding is known at once."""
    check_regular(path)
    if path.stat().st_size == 0:
        raise faults.empty(path)
    if reading.format in _KNOWN_WHOLE:
        return open_table(path, reading)
    if reading.format not in BINARY_FORMATS:
        with Text(path, reading, _WHOLE):
            pass  # what is no text at all is said in other words
        wrong = find_undecodable(path, reading, _WHOLE)
        if wrong is not None:
            raise faults.not_decodable(path, *wrong, reading.encoding)
    opened = open_table(path, reading)
    if next(opened.batches([0]), None) is None:
        raise faults.empty(path)
    return opened


def read_table(path: Path, file_format: str, *, header: bool = True) -> FileTable:
    """`read_file` for those who know no more than the format."""
    if file_format not in get_args(Format):
        raise ValueError(file_format)
    return read_file(path, Reading(format=cast(Format, file_format), header=header))
