"""The kinds of file that people bring, each read into a table of named columns.

Nothing is guessed about values: a csv holds texts, so that "NA", "007" and "null" stay what they
are. A file that would load without a word and wrongly is refused with the line where it goes wrong.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pa_parquet
from datasets import ClassLabel, Features

from loupe.errors import InvalidInput

_CHUNK_BYTES = 1 << 20
_DELIMITERS = {"csv": ",", "tsv": "\t"}
_OTHER_ENCODINGS = {
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
    codecs.BOM_UTF32_BE: "UTF-32",
}
TOKENS_COLUMN, TAGS_COLUMN = "tokens", "tags"
_DOCUMENT_START = "-DOCSTART-"  # CoNLL-2003 parts its articles by a line of it
_COMMENT = "# "  # CoNLL-U


@dataclass(frozen=True, slots=True)
class FileTable:
    """A file's columns by position; a column is built when it is asked for.

    names: (C,); "0", "1", ... where the file has no header. column: position to (R,) values.
    class_names: of columns whose integers are classes, the classes' names.
    """

    names: tuple[str, ...]
    rows: int
    column: Callable[[int], pa.ChunkedArray]
    class_names: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


def read_table(path: Path, file_format: str, *, header: bool = True) -> FileTable:
    """Read one file. Raises InvalidInput: empty, not UTF-8, ragged, malformed, with the place."""
    if path.stat().st_size == 0:
        raise _empty(path)
    if file_format == "parquet":
        return _read_parquet(path)
    _check_encoding(path)
    if file_format in _DELIMITERS:
        table = _read_delimited(path, file_format, header=header)
    elif file_format == "conll":
        table = _read_conll(path)
    elif file_format == "txt":
        lines = [line for _, line in _lines(path) if line.strip()]
        table = FileTable(("text",), len(lines), lambda _: pa.chunked_array([pa.array(lines)]))
    else:
        records = _json_lines(path) if file_format == "jsonl" else _json_records(path)
        table = _from_records(path, records)
    if table.rows == 0:
        raise _empty(path)
    return table


def _empty(path: Path) -> InvalidInput:
    return InvalidInput("The file {path} has no rows.", "Choose another file.", path=str(path))


def _check_encoding(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(4)
        for mark, name in _OTHER_ENCODINGS.items():
            if head.startswith(mark):
                raise _not_utf8(path, 1, f"It starts with the mark of {name}.")
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        line = 1
        while chunk := file.read(_CHUNK_BYTES):
            try:
                line += decoder.decode(chunk).count("\n")
            except UnicodeDecodeError as error:
                bad = line + error.object[: error.start].count(b"\n")
                raise _not_utf8(path, bad, str(error)) from error
        try:
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise _not_utf8(path, line, str(error)) from error


def _not_utf8(path: Path, line: int, detail: str) -> InvalidInput:
    return InvalidInput(
        "The file {path} is not written in UTF-8 (line {line}).",
        "Save it as UTF-8: most editors and spreadsheets offer that when saving.",
        path=str(path),
        line=line,
        detail=detail,
    )


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """(number from 1, line without its end).

    Only \\n and \\r\\n end a line: a text may hold U+2028.
    """
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        for number, line in enumerate(file, start=1):
            yield number, line.removesuffix("\n").removesuffix("\r")


def _read_delimited(path: Path, file_format: str, *, header: bool) -> FileTable:
    # One thread: only then does a fault know its row.
    reading = pa_csv.ReadOptions(use_threads=False, autogenerate_column_names=not header)
    parsing = pa_csv.ParseOptions(
        delimiter=_DELIMITERS[file_format],
        # A tsv has no quotes by its definition (IANA text/tab-separated-values); in messages that
        # people wrote, a quotation mark at the start of a field is one.
        quote_char=False if file_format == "tsv" else '"',
        newlines_in_values=file_format == "csv",
    )
    try:
        with pa_csv.open_csv(path, reading, parsing) as opened:
            names = opened.schema.names
        texts = pa_csv.ConvertOptions(column_types={name: pa.string() for name in names})
        table = pa_csv.read_csv(path, reading, parsing, texts)
    except pa.ArrowInvalid as error:
        raise InvalidInput(
            "The rows of {path} do not all have the same number of columns: {fault}.",
            "Put fields that hold the delimiter or a line break into double quotes, and check "
            "that every quotation mark is closed.",
            path=str(path),
            fault=_first_line(error).removeprefix("CSV parse error: "),
            detail=str(error),
        ) from error
    shown = tuple(names) if header else tuple(str(i) for i in range(len(names)))
    return FileTable(shown, table.num_rows, table.column)


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".")


def _read_parquet(path: Path) -> FileTable:
    """A column of records gives one column a field: `translation.en`."""
    try:
        file = pa_parquet.ParquetFile(path, memory_map=True)
        schema = file.schema_arrow
        features = Features.from_arrow_schema(schema)
    except (pa.ArrowInvalid, OSError) as error:
        raise InvalidInput(
            "The file {path} is not Parquet, or is damaged.",
            "Write it again, or name its format.",
            path=str(path),
            detail=str(error),
        ) from error
    if file.metadata.num_rows == 0:
        raise _empty(path)
    names: list[str] = []
    for column in schema:
        parts = list(column.type) if pa.types.is_struct(column.type) else []
        names.extend([f"{column.name}.{part.name}" for part in parts] or [column.name])
    classes = {i: tuple(c) for i, name in enumerate(names) if (c := _classes(features.get(name)))}

    def build(i: int) -> pa.ChunkedArray:
        return file.read(columns=[names[i]]).flatten().column(0)

    return FileTable(tuple(names), file.metadata.num_rows, build, classes)


def _classes(feature: Any) -> list[str] | None:
    inner = getattr(feature, "feature", feature)  # a list's own
    return list(inner.names) if isinstance(inner, ClassLabel) else None


def _json_lines(path: Path) -> list[tuple[str, Any]]:
    records = []
    for number, line in _lines(path):
        if line.strip():
            records.append((f"line {number}", _parse(path, line, first_line=number)))
    return records


def _json_records(path: Path) -> list[tuple[str, Any]]:
    """A list of objects, an object that holds one such list, or an object of equal-length lists."""
    data = _parse(path, path.read_text("utf-8-sig"), first_line=1)
    if isinstance(data, dict):
        lists = {key: value for key, value in data.items() if isinstance(value, list)}
        tables = [v for v in lists.values() if v and all(isinstance(x, dict) for x in v)]
        if len(tables) == 1:
            data = tables[0]
        elif lists and len({len(value) for value in lists.values()}) == 1:
            data = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    if not isinstance(data, list):
        raise InvalidInput(
            "The file {path} holds no list of rows.",
            "Write a list of objects, one a row, or one object a line (jsonl).",
            path=str(path),
        )
    return [(f"row {number}", row) for number, row in enumerate(data, start=1)]


def _parse(path: Path, text: str, *, first_line: int) -> Any:
    try:
        return json.loads(text)
    except ValueError as error:
        line = first_line + getattr(error, "lineno", 1) - 1
        raise InvalidInput(
            "Line {line} of {path} is not JSON.",
            "Correct that line; a file with one object a line is jsonl, one with a list is json.",
            path=str(path),
            line=line,
            detail=str(error),
        ) from error


def _from_records(path: Path, records: list[tuple[str, Any]]) -> FileTable:
    rows: list[dict[str, Any]] = []
    names: dict[str, None] = {}
    for place, record in records:
        if not isinstance(record, dict):
            raise InvalidInput(
                "In {path}, {place} is not an object with named values.",
                'Write each row as {{"column": value, …}}.',
                path=str(path),
                place=place,
            )
        flat = _flatten(record)
        names.update(dict.fromkeys(flat))
        rows.append(flat)
    columns = tuple(names)

    def build(i: int) -> pa.ChunkedArray:
        values = [row.get(columns[i]) for row in rows]
        try:
            return pa.chunked_array([pa.array(values)])
        except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError) as error:
            kinds = [type(value) for value in values]
            other = next((n for n, kind in enumerate(kinds) if kind is not kinds[0]), 0)
            raise InvalidInput(
                "In {path}, the values of “{column}” are of different kinds: {place} is unlike "
                "those before it.",
                "Write all of them as texts, or all as numbers, or all as lists.",
                path=str(path),
                column=columns[i],
                place=records[other][0],
                detail=str(error),
            ) from error

    return FileTable(columns, len(rows), build)


def _flatten(record: dict[str, Any], before: str = "") -> dict[str, Any]:
    """`{"translation": {"en": …}}` has the column `translation.en`."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat.update(_flatten(value, f"{before}{key}."))
        else:
            flat[f"{before}{key}"] = value
    return flat


def _read_conll(path: Path) -> FileTable:
    """A line a token, its columns parted by tabs or by spaces; a blank line ends a sentence.

    Columns: `tokens`, then "1", "2", ... and last `tags`.
    Source: Tjong Kim Sang & De Meulder 2003, section 2.3.
    """
    sentences: list[list[list[str]]] = [[]]
    delimiter: str | None = None
    width = 0
    for number, line in _lines(path):
        if not line.strip():
            if sentences[-1]:
                sentences.append([])
            continue
        if line.startswith(_DOCUMENT_START):
            continue
        if width == 0 and not line.startswith(_COMMENT):
            delimiter = "\t" if "\t" in line else None
        cells = [cell.strip() for cell in line.split(delimiter)]
        if line.startswith(_COMMENT) and len(cells) != width:
            continue
        width = width or len(cells)
        if len(cells) < 2 or len(cells) != width or not all(cells):
            raise InvalidInput(
                "Line {line} of {path} has {found} columns where {expected} belong.",
                "Write a token, a tab and its tag on each line, and a blank line after each "
                "sentence.",
                path=str(path),
                line=number,
                found=len([cell for cell in cells if cell]),
                expected=max(width, 2),
            )
        sentences[-1].append(cells)
    if not sentences[-1]:
        sentences.pop()
    names = (TOKENS_COLUMN, *(str(i) for i in range(1, width - 1)), TAGS_COLUMN)

    def build(i: int) -> pa.ChunkedArray:
        values = [[cells[i] for cells in sentence] for sentence in sentences]
        return pa.chunked_array([pa.array(values)])

    return FileTable(names, len(sentences), build)
