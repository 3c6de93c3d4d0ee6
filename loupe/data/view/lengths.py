"""How long texts are, in characters (code points) and words, column by column without copies.

Words are what white space parts, as `str.split()` has it. Lists of texts are as long as their
non-missing items joined by one space; their words are those items.
"""

from __future__ import annotations

import sys

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from loupe.data.view.columns import Column, Kind
from loupe.data.view.duck import IsCancelled, never, raise_if
from loupe.data.view.query import Unit

Lengths = npt.NDArray[np.int32]

NO_LENGTH = -1  # of a missing text

_SPACES = [i for i in range(sys.maxunicode + 1) if chr(i).isspace()]
_IS_SPACE = np.zeros(256, dtype=bool)
_IS_SPACE[[i for i in _SPACES if i < 0x80]] = True
# The others, by the first byte in UTF-8: all white space of Unicode has two or three.
_WIDE_SPACES: dict[int, list[bytes]] = {}
for _code in _SPACES:
    if _code >= 0x80:
        _bytes = chr(_code).encode()
        _WIDE_SPACES.setdefault(_bytes[0], []).append(_bytes)


def lengths_of(
    table: pa.Table, column: Column, unit: Unit, *, cancelled: IsCancelled = never
) -> Lengths:
    """(R,) of a column of texts or lists of texts; NO_LENGTH where there is none."""
    pieces = []
    for chunk in table.column(column.position).chunks:
        raise_if(cancelled)
        if column.kind is Kind.TEXTS:
            pieces.append(_of_lists(chunk, unit))
        else:
            pieces.append(_of_texts(chunk, unit))
    return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.int32)


def items_of(lists: pa.Array) -> tuple[pa.Array, npt.NDArray[np.int64]]:
    """All items of lists of any kind, and the row of each.

    Missing lists may have items behind them all the same, which do not count; Arrow's own
    `list_parent_indices` does count them.
    """
    sizes = pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False)
    return pc.list_flatten(lists), np.repeat(np.arange(len(lists)), sizes)


def _of_texts(texts: pa.Array, unit: Unit) -> Lengths:
    if pa.types.is_dictionary(texts.type):
        by_entry = _of_texts(texts.dictionary, unit)
        entries = texts.indices.fill_null(0).to_numpy(zero_copy_only=False)
        if len(by_entry):
            lengths = np.asarray(by_entry[entries], dtype=np.int32)
        else:
            lengths = np.zeros(len(texts), dtype=np.int32)
    elif unit == "characters":
        counted = pc.fill_null(pc.utf8_length(texts), NO_LENGTH)
        return np.asarray(counted.to_numpy(zero_copy_only=False), dtype=np.int32)
    else:
        lengths = _words_of_texts(texts)
    if texts.null_count:
        lengths[pc.is_null(texts).to_numpy(zero_copy_only=False)] = NO_LENGTH
    return lengths


def _of_lists(lists: pa.Array, unit: Unit) -> Lengths:
    items, rows = items_of(lists)
    there = pc.is_valid(items).to_numpy(zero_copy_only=False)
    counts = np.bincount(rows[there], minlength=len(lists))
    lengths: Lengths = counts.astype(np.int32)
    if unit == "characters":
        characters = _of_texts(items, "characters")
        sums = np.bincount(rows[there], weights=characters[there], minlength=len(lists))
        lengths = (sums + np.maximum(counts - 1, 0)).astype(np.int32)  # with spaces between
    if lists.null_count:
        lengths[pc.is_null(lists).to_numpy(zero_copy_only=False)] = NO_LENGTH
    return lengths


def _words_of_texts(texts: pa.Array) -> Lengths:
    """Counted where white space ends, over the bytes of all texts at once."""
    kind = np.int64 if pa.types.is_large_string(texts.type) else np.int32
    _, at, bytes_ = texts.buffers()
    if at is None or bytes_ is None or not len(texts):
        return np.zeros(len(texts), dtype=np.int32)
    ends = np.frombuffer(at, dtype=kind)[texts.offset : texts.offset + len(texts) + 1]
    data = np.frombuffer(bytes_, dtype=np.uint8)[ends[0] : ends[-1]]
    ends = ends - ends[0]  # (R + 1,)
    begins = _IS_SPACE[data]
    _mark_wide_spaces(data, begins)
    np.logical_not(begins, out=begins)
    firsts = ends[:-1][ends[:-1] < ends[1:]]
    at_first = begins[firsts].copy()
    begins[1:] &= ~begins[:-1] if len(begins) > 1 else True
    begins[firsts] = at_first  # whatever the text before ends with
    places = np.flatnonzero(begins)
    counts: Lengths = np.diff(np.searchsorted(places, ends)).astype(np.int32)
    return counts


def _mark_wide_spaces(data: npt.NDArray[np.uint8], spaces: npt.NDArray[np.bool_]) -> None:
    if not len(data) or data.max() < 0x80:
        return
    for lead, sequences in _WIDE_SPACES.items():
        places = np.flatnonzero(data == lead)
        for sequence in sequences if len(places) else ():
            fits = places[places + len(sequence) <= len(data)]
            for i, byte in enumerate(sequence[1:], start=1):
                fits = fits[data[fits + i] == byte]
            for i in range(len(sequence)):
                spaces[fits + i] = True
