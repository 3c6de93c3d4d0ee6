"""csv and tsv: rows of texts. Nothing is guessed about values: "NA" and "007" stay what they are.

Source: RFC 4180; IANA text/tab-separated-values, by which a tsv has no quotes.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from itertools import repeat
from pathlib import Path

import pyarrow as pa

from loupe.data.formats import faults
from loupe.data.formats.streams import MAX_ROW_CHARACTERS, Look, Text
from loupe.data.formats.table import (
    BATCH_BYTES,
    BATCH_ROWS,
    MAX_COLUMNS,
    FileTable,
    text_batch,
    unique_names,
)
from loupe.data.spec import Reading
from loupe.errors import InvalidInput

_DELIMITERS = {"csv": ",", "tsv": "\t"}
# A row cut by the look's end is no fault, unless it had been going on for so long.
_LOST_CHARACTERS = 8 << 20
_MAX_CELLS = 1_000_000  # of a batch: a wide table has fewer rows in one


class _Lines:
    """Lines for `csv.reader`, which takes as many as a row needs.

    first: the line in which the row begins. ended: whether the file ended while a row wanted more,
    which only an open quotation mark does.
    """

    def __init__(self, text: Text) -> None:
        self._text = text
        self.begin()
        self.characters = 0
        self.ended = False

    def begin(self) -> None:
        self.first = self._text.line + 1
        self.taken = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline()
        if not line or (self._text.cut and not line.endswith(("\n", "\r"))):
            self.ended = True
            raise StopIteration
        self.taken += len(line)
        self.characters += len(line)
        if self.taken > MAX_ROW_CHARACTERS:
            raise faults.too_long(self._text.path, self.first, MAX_ROW_CHARACTERS)
        return line


def delimiter_of(reading: Reading) -> str:
    return reading.delimiter or _DELIMITERS.get(reading.format, ",")


def has_quotes(reading: Reading) -> bool:
    return reading.format != "tsv" if reading.quoting is None else reading.quoting


def open_delimited(path: Path, reading: Reading, look: Look) -> FileTable:
    """The names are read now, the rows later. Raises InvalidInput."""
    try:
        first = next((row for _, row, _ in raw_rows(path, reading, look)), None)
    except UnclosedQuote as fault:
        raise unclosed(path, fault) from fault
    if first is None:
        raise faults.empty(path)
    width = len(first)
    if width > MAX_COLUMNS:
        raise faults.too_many_columns(path, width, MAX_COLUMNS)
    if reading.column_names and len(reading.column_names) != width:
        raise InvalidInput(
            "{path} has {found} columns, but {given} names were given for them.",
            "Give one name for each column.",
            path=str(path),
            found=width,
            given=len(reading.column_names),
        )
    own = first if reading.header else [str(i) for i in range(width)]
    names = unique_names(reading.column_names or own)

    def batches(columns: Sequence[int] | None) -> Iterator[pa.RecordBatch]:
        wanted = range(width) if columns is None else columns
        for rows in _chunks(path, reading, look, width):
            by_column = list(zip(*rows, strict=True))
            yield text_batch([names[i] for i in wanted], [by_column[i] for i in wanted])

    return FileTable(names, batches)


def raw_rows(path: Path, reading: Reading, look: Look) -> Iterator[tuple[int, list[str], int]]:
    """(line in which it begins, its fields, characters read so far); rows may be ragged."""
    delimiter, quotes = delimiter_of(reading), has_quotes(reading)
    if delimiter in '"\r\n':
        raise InvalidInput(
            "“{delimiter}” cannot part the columns of {path}.",
            "Choose a comma, a semicolon, a tab or another sign.",
            path=str(path),
            delimiter=faults.excerpt(delimiter),
        )
    # Its limit is the process's and far below a long document; `_Lines` holds a row's own.
    if csv.field_size_limit() < MAX_ROW_CHARACTERS:
        csv.field_size_limit(MAX_ROW_CHARACTERS)
    with Text(path, reading, look, newline="") as text:
        lines = _Lines(text)
        reader = csv.reader(
            lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quotes else csv.QUOTE_NONE
        )
        try:
            for row in reader:
                if lines.ended:
                    if text.cut and lines.taken < _LOST_CHARACTERS:
                        return
                    raise UnclosedQuote(lines.first, row)
                if row:
                    yield lines.first, row, lines.characters
                lines.begin()
        except csv.Error as error:
            raise faults.damaged(path, reading.format, f"line {lines.first}: {error}") from error


class UnclosedQuote(Exception):
    """The file ended inside quotation marks. line: where the row began; row: what it took in."""

    def __init__(self, line: int, row: list[str]) -> None:
        self.line = line
        self.row = row
        super().__init__(line)


def _chunks(path: Path, reading: Reading, look: Look, width: int) -> Iterator[list[list[str]]]:
    """Rows of equal width, so many as make a batch; the header is left out."""
    limit = max(1, min(BATCH_ROWS, _MAX_CELLS // width))
    chunk: list[list[str]] = []
    before = number = 0
    try:
        for line, row, characters in raw_rows(path, reading, look):
            number += 1
            if len(row) != width:
                if reading.ragged == "refuse":
                    raise _ragged(path, reading, width, number, line, row)
                if reading.ragged == "drop":
                    continue
                row = _evened(row, width, delimiter_of(reading))
            if number == 1 and reading.header:
                continue
            chunk.append(row)
            if len(chunk) >= limit or characters - before >= BATCH_BYTES:
                yield chunk
                chunk, before = [], characters
    except UnclosedQuote as open_quote:
        if len(open_quote.row) != width and reading.ragged == "refuse":
            raise _ragged(
                path, reading, width, number + 1, open_quote.line, open_quote.row
            ) from open_quote
        raise unclosed(path, open_quote) from open_quote
    if chunk:
        yield chunk


def _evened(row: list[str], width: int, delimiter: str) -> list[str]:
    if len(row) < width:
        return [*row, *repeat("", width - len(row))]
    return [*row[: width - 1], delimiter.join(row[width - 1 :])]


def unclosed(path: Path, fault: UnclosedQuote) -> InvalidInput:
    return InvalidInput(
        "A quotation mark that opens in line {line} of {path} is never closed: {excerpt}",
        "Close it, or read the file without quoting.",
        path=str(path),
        line=fault.line,
        excerpt=faults.excerpt(" ".join(fault.row)),
    )


def _ragged(
    path: Path, reading: Reading, width: int, number: int, line: int, row: list[str]
) -> InvalidInput:
    return InvalidInput(
        "The rows of {path} do not all have the same number of columns: Row #{row} (line {line}): "
        "Expected {expected} columns, got {found}: {excerpt}",
        "Put fields that hold the delimiter or a line break into double quotes, and check "
        "that every quotation mark is closed; or choose what becomes of such rows.",
        path=str(path),
        row=number,
        line=line,
        expected=width,
        found=len(row),
        excerpt=faults.excerpt(delimiter_of(reading).join(row)),
    )
