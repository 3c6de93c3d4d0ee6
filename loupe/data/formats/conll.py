"""CoNLL: a line a token, its columns parted by tabs or by spaces; a blank line ends a sentence.

Source: Tjong Kim Sang & De Meulder 2003, section 2.3.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from loupe.data.formats import faults
from loupe.data.formats.streams import Look, Text
from loupe.data.formats.table import BATCH_BYTES, BATCH_ROWS, MAX_COLUMNS, FileTable, unique_names
from loupe.data.spec import Reading
from loupe.errors import InvalidInput

TOKENS_COLUMN, TAGS_COLUMN = "tokens", "tags"
DOCUMENT_START = "-DOCSTART-"  # CoNLL-2003 parts its articles by a line of it
COMMENT = "# "  # CoNLL-U
MAX_SENTENCE_TOKENS = 100_000

Sentence = list[list[str]]  # tokens, each its cells


def open_conll(path: Path, reading: Reading, look: Look) -> FileTable:
    """Columns: `tokens`, then "1", "2", ... and last `tags`; or as `column_names` says."""
    first = next(_sentences(path, reading, look), None)
    if first is None:
        raise faults.empty(path)
    width = len(first[0][0])
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
    own = (TOKENS_COLUMN, *(str(i) for i in range(1, width - 1)), TAGS_COLUMN)
    names = unique_names(reading.column_names or own)

    def batches(columns: Sequence[int] | None) -> Iterator[pa.RecordBatch]:
        wanted = range(width) if columns is None else columns
        for chunk in _chunks(_sentences(path, reading, look)):
            yield pa.record_batch(
                [
                    pa.array(
                        [[cells[i] for cells in sentence] for sentence in chunk],
                        pa.list_(pa.string()),
                    )
                    for i in wanted
                ],
                names=[names[i] for i in wanted],
            )

    return FileTable(names, batches)


def _chunks(sentences: Iterator[tuple[Sentence, int]]) -> Iterator[list[Sentence]]:
    chunk: list[Sentence] = []
    characters = 0
    for sentence, length in sentences:
        chunk.append(sentence)
        characters += length
        if len(chunk) >= BATCH_ROWS or characters >= BATCH_BYTES:
            yield chunk
            chunk, characters = [], 0
    if chunk:
        yield chunk


def _sentences(path: Path, reading: Reading, look: Look) -> Iterator[tuple[Sentence, int]]:
    """(a sentence, its characters)."""
    # A space stands for any run of them, as the field writes it.
    delimiter = None if reading.delimiter == " " else reading.delimiter
    sentence: Sentence = []
    width = characters = 0
    with Text(path, reading, look) as text:
        for number, line in text.lines():
            if not line.strip():
                if sentence:
                    yield sentence, characters
                    sentence, characters = [], 0
                continue
            if line.startswith(DOCUMENT_START):
                continue
            if width == 0 and reading.delimiter is None and not line.startswith(COMMENT):
                delimiter = "\t" if "\t" in line else None
            cells = [cell.strip() for cell in line.split(delimiter)]
            if line.startswith(COMMENT) and len(cells) != width:
                continue
            width = width or len(cells)
            if len(cells) < 2 or len(cells) != width or not all(cells):
                raise _other_width(path, number, cells, width, line)
            sentence.append(cells)
            characters += len(line)
            if len(sentence) > MAX_SENTENCE_TOKENS:
                raise _no_blank_lines(path, number)
        if sentence and not text.cut:
            yield sentence, characters


def _other_width(path: Path, line: int, cells: list[str], width: int, shown: str) -> InvalidInput:
    return InvalidInput(
        "Line {line} of {path} has {found} columns where {expected} belong: {excerpt}",
        "Write a token, a tab and its tag on each line, and a blank line after each sentence.",
        path=str(path),
        line=line,
        found=len([cell for cell in cells if cell]),
        expected=max(width, 2),
        excerpt=faults.excerpt(shown),
    )


def _no_blank_lines(path: Path, line: int) -> InvalidInput:
    return InvalidInput(
        "Up to line {line} of {path} there are {limit} tokens without a blank line between them.",
        "Write a blank line after each sentence.",
        path=str(path),
        line=line,
        limit=MAX_SENTENCE_TOKENS,
    )
