"""A file that somebody gives: its lines, or the columns of its table."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from loupe.errors import EmptyText, InvalidInput, TextTooLong

# Of a document of the most characters that are taken, in letters of three bytes or fewer.
MAX_MB = 3
_MB = 1_000_000
# What separates columns where people and spreadsheets write "CSV".
_DELIMITERS = ",;\t"
# csv refuses cells beyond 131,072 characters by a limit of the whole process; this much is looked
# at to find the delimiter.
_LOOKED_AT = 20_000


@dataclass(frozen=True, slots=True)
class Upload:
    """text: of a .txt file, None for a table. columns: of a table, each with all its cells."""

    text: str | None
    columns: Mapping[str, tuple[str, ...]]


def read_upload(name: str, data: bytes) -> Upload:
    """The content of a .txt or .csv file.

    Raises TextTooLong beyond MAX_MB, EmptyText, and InvalidInput for what is no UTF-8 or no table.
    """
    if len(data) > MAX_MB * _MB:
        raise TextTooLong(
            "The file has {size} MB; at most {limit} MB are taken at once.",
            "Give it in parts.",
            size=f"{len(data) / _MB:.1f}",
            limit=MAX_MB,
        )
    text = _decode(data)
    if not text.strip():
        raise EmptyText("The file {name} is empty.", "Choose another file.", name=name)
    if not name.lower().endswith(".csv"):
        return Upload(text, {})
    return Upload(None, _columns(name, text))


def _decode(data: bytes) -> str:
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):
            return data.decode("utf-16")
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "The file is not written in UTF-8 (line {line}).",
            "Save it as UTF-8: most editors and spreadsheets offer that when saving.",
            line=data[: error.start].count(b"\n") + 1,
            detail=str(error),
        ) from error
    if "\0" in text:
        raise InvalidInput(
            "The file holds bytes that no text has.", "Choose a .txt or .csv file of plain text."
        )
    return text


def _columns(name: str, text: str) -> dict[str, tuple[str, ...]]:
    """The cells below each name of the first row."""
    # The limit is the process's, and readers of larger files raise it: none here, on purpose.
    csv.field_size_limit(max(csv.field_size_limit(), len(text)))
    try:
        rows = [row for row in csv.reader(io.StringIO(text), _dialect(text), strict=True) if row]
    except csv.Error as error:
        raise InvalidInput(
            "{name} cannot be read as a table.",
            "Put cells that hold the delimiter or a line break into double quotes, and check that "
            "every quotation mark is closed.",
            name=name,
            detail=str(error),
        ) from error
    if not rows:
        raise EmptyText("The file {name} is empty.", "Choose another file.", name=name)
    header, *body = rows
    ragged = next((i for i, row in enumerate(body, start=2) if len(row) != len(header)), None)
    if ragged is not None:
        raise InvalidInput(
            "Row {row} of {name} has {found} cells, and the first row has {expected}.",
            "Put cells that hold the delimiter into double quotes.",
            row=ragged,
            name=name,
            found=len(body[ragged - 2]),
            expected=len(header),
        )
    if not body:
        raise EmptyText("{name} has column names and no rows.", "Choose another file.", name=name)
    names = _unique(header)
    return {column: tuple(row[i] for row in body) for i, column in enumerate(names)}


def _dialect(text: str) -> type[csv.Dialect]:
    """The delimiter that the first row has most often; quotes as spreadsheets write them."""
    first = text[:_LOOKED_AT].lstrip().split("\n", 1)[0]

    class Found(csv.excel):
        delimiter = max(_DELIMITERS, key=first.count)

    return Found


def _unique(header: list[str]) -> list[str]:
    """Names of columns, numbered where they are empty or equal."""
    names: list[str] = []
    for number, name in enumerate(header, start=1):
        bare = name.strip()
        names.append(bare if bare and bare not in names else f"{bare} {number}".strip())
    return names
