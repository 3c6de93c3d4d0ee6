"""Words and sentences of any script, for counting; not for models."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import regex

from loupe.data.view.columns import Column, Kind, is_text
from loupe.data.view.duck import IsCancelled, raise_if
from loupe.data.view.rows import rows_at

# Scripts that write no spaces: each character counts as a word.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}"
_WORD = regex.compile(
    rf"[{_UNSPACED}]\p{{M}}*|[[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+"
    rf"(?:['’][[\p{{L}}\p{{M}}\p{{N}}]--[{_UNSPACED}]]+)*",
    regex.V1,
)
# Several times as fast, and the same for texts in ASCII.
_ASCII_WORD = re.compile(r"[a-z0-9]+(?:'[a-z0-9]+)*")
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n+")

_BLOCK_ROWS = 2000
# Of rows as long as novels fewer: between blocks work says how far it is, and can be given up.
_BLOCK_BYTES = 2 << 20


def words_of(text: str) -> list[str]:
    """Runs of letters, marks and digits, case folded; apostrophes inside stay."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    found: list[str] = _WORD.findall(text.casefold())
    return found


def sentences_of(text: str) -> list[str]:
    """Lines, and inside of them what ends with a full stop, question or exclamation mark."""
    return [part for piece in _SENTENCE_END.split(text) if (part := piece.strip())]


def sample_rows(rows: int, n: int | None, seed: int) -> npt.NDArray[np.int64]:
    """n different row ids in order, drawn by the seed; None or enough: all of them."""
    if n is None or n >= rows:
        return np.arange(rows, dtype=np.int64)
    drawn = np.random.default_rng(seed).choice(rows, n, replace=False)
    return np.sort(drawn).astype(np.int64)


def rows_a_block(table: pa.Table, columns: Sequence[Column]) -> int:
    """So many rows of these columns are read in a moment."""
    size_bytes = sum(int(table.column(column.position).nbytes) for column in columns)
    fitting: int = _BLOCK_BYTES * table.num_rows // max(1, size_bytes)
    return max(1, min(_BLOCK_ROWS, fitting))


def texts_in_blocks(
    table: pa.Table,
    column: Column,
    ids: npt.NDArray[np.int64],
    *,
    rows: int | None = None,
    cancelled: IsCancelled,
) -> Iterator[list[str | None]]:
    """The texts of rows, block by block; of lists, their items joined by one space.

    rows: of a block; None: as many as are read in a moment.
    """
    alone = table.select([column.position])
    rows = rows or rows_a_block(table, [column])
    for start in range(0, len(ids), rows):
        raise_if(cancelled)
        block = rows_at(alone, ids[start : start + rows]).column(0).to_pylist()
        if column.kind is Kind.TEXTS:
            block = [
                None if items is None else " ".join(item for item in items if item is not None)
                for items in block
            ]
        else:
            assert is_text(column.type)
        yield block
