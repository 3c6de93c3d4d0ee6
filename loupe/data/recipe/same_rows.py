"""Which rows are the same: grouped by a 64-bit hash of their values, then compared in full."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from loupe.data.recipe.cells import exactly, is_empty, same_text
from loupe.data.recipe.part import Batch, Ids, Part, Parts

ALONE = -1


# (part, column, normalised) to the hashes (n,) of its values.
Hashes = dict[tuple[str, str, bool], Ids]


def same_rows(
    parts: Parts, columns: Sequence[str], *, normalised: bool, known: Hashes | None = None
) -> dict[str, Ids]:
    """(n,) a part: the number of each row's group over all parts, ALONE where no row is like it.

    normalised: case and white space make no difference. Rows with an empty value in one of the
    columns are like no other: that they are empty is another fault.
    Two passes: memory is 8 bytes a row, and the texts that occur more than once, once each.
    known: hashes of these very parts from earlier calls, and where this one leaves its own.
    """
    known = {} if known is None else known
    for name, part in parts.items():
        missing = [c for c in dict.fromkeys(columns) if (name, c, normalised) not in known]
        for column, values in _hashes(part, missing, normalised).items():
            known[name, column, normalised] = values
    hashes = {
        name: _combined([known[name, column, normalised] for column in columns]) for name in parts
    }
    everything = np.concatenate([np.zeros(0, np.int64), *hashes.values()])
    distinct, counts = np.unique(everything[everything != ALONE], return_counts=True)
    repeated = distinct[counts > 1]
    numbers: dict[Any, int] = {}
    groups: dict[str, Ids] = {}
    for name, part in parts.items():
        groups[name] = np.full(len(part), ALONE, np.int64)
        places = np.searchsorted(repeated, hashes[name])
        places[places == len(repeated)] = 0
        candidates = (
            (repeated[places] == hashes[name]) & (hashes[name] != ALONE)
            if len(repeated)
            else np.zeros(len(part), np.bool_)
        )
        if candidates.any():
            keys = (
                key
                for batch in part.batches(columns, candidates)
                for key in _keys(batch, normalised)
            )
            # A dict compares the values themselves: two texts of one hash get two numbers.
            found = [numbers.setdefault(key, len(numbers)) for key in keys]
            groups[name][candidates] = found
    return _without_lone(groups, len(numbers))


def extra_copies(group: Ids) -> Ids:
    """Positions of all rows of one part that have an equal one before them."""
    members = np.flatnonzero(group != ALONE)
    _, first = np.unique(group[members], return_index=True)
    return np.delete(members, first)


def first_copies(group: Ids) -> dict[int, int]:
    """Group to the position of its first row in one part."""
    members = np.flatnonzero(group != ALONE)
    found, first = np.unique(group[members], return_index=True)
    return dict(zip(found.tolist(), members[first].tolist(), strict=True))


def _without_lone(groups: dict[str, Ids], count: int) -> dict[str, Ids]:
    sizes = np.zeros(count + 1, np.int64)
    for group in groups.values():
        sizes += np.bincount(group + 1, minlength=count + 1)
    return {
        name: np.where((group != ALONE) & (sizes[group + 1] > 1), group, ALONE)
        for name, group in groups.items()
    }


def _hashes(part: Part, columns: Sequence[str], normalised: bool) -> dict[str, Ids]:
    """Column to (n,) hashes; ALONE where a value is empty. Python's own hash, never stored."""
    chunks: dict[str, list[Ids]] = {column: [np.zeros(0, np.int64)] for column in columns}
    for batch in part.batches(columns) if columns else ():
        for column, values in batch.items():
            keys = _column_keys(values.to_pylist(), normalised)
            # hash() never gives -1.
            hashes = (ALONE if key is None else hash(key) for key in keys)
            chunks[column].append(np.fromiter(hashes, np.int64))
    return {column: np.concatenate(lists) for column, lists in chunks.items()}


def _combined(hashes: Sequence[Ids]) -> Ids:
    """One hash a row; ALONE where one of them is."""
    if len(hashes) == 1:
        return hashes[0]
    mixed = np.zeros(len(hashes[0]), np.uint64)
    for values in hashes:
        # Odd, so that nothing is lost; the golden ratio of 2^64, as Knuth hashes.
        mixed = mixed * np.uint64(0x9E3779B97F4A7C15) + values.view(np.uint64)
    combined = mixed.view(np.int64)
    combined[combined == ALONE] = 0
    combined[np.any([values == ALONE for values in hashes], axis=0)] = ALONE
    return combined


def _keys(batch: Batch, normalised: bool) -> Iterator[Any]:
    """What rows are compared by; None where one of the values is empty. One column: its value."""
    columns = [_column_keys(values.to_pylist(), normalised) for values in batch.values()]
    if len(columns) == 1:
        yield from columns[0]
        return
    for key in zip(*columns, strict=True):
        yield None if None in key else key


def _column_keys(values: list[Any], normalised: bool) -> list[Any]:
    if normalised:
        return [(same_text(value) or None) if value == value else None for value in values]
    return [None if is_empty(value) else exactly(value) for value in values]
