"""A few rows of any split in a small table: examples of a finding, rows that a step removes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from components import row_table
from components.i18n import _
from components.inspect.cells import draw_cell
from components.inspect.state import Ids
from loupe.data.opened import OpenedDataset
from loupe.data.recipe.cells import as_text
from loupe.data.view import page
from loupe.data.view.columns import columns_of

Place = tuple[str, int]  # (split, row)

_CHARACTERS = 300


def draw_some_rows(opened: OpenedDataset, places: Sequence[Place], *, key: str) -> None:
    """The rows one below the other, each with its split and number."""
    names = [column.name for column in columns_of(opened.splits[0].table.schema)]
    rows = [
        row_table.Row(index, (_plain(place_in_words(place)), *_cells(opened, place)))
        for index, place in enumerate(places)
    ]
    draw_table([_("Where"), *names], rows, key=key)


def draw_pairs(
    opened: OpenedDataset, pairs: Sequence[tuple[Place, Place]], columns: Sequence[str], *, key: str
) -> None:
    """Two rows that belong together side by side. columns: those that are compared.

    The first column is shown of both rows, another one only once where all pairs agree in it.
    """
    known = [column.name for column in columns_of(opened.splits[0].table.schema)]
    # A field of a record is no column of the table by itself: then all of the row is shown.
    shown = [known.index(name) for name in columns if name in known] or [*range(len(known))]
    found = [tuple(_cells(opened, place) for place in pair) for pair in pairs]
    twice = [
        position
        for n, position in enumerate(shown)
        if n == 0 or any(one[position].text != other[position].text for one, other in found)
    ]
    once = [position for position in shown if position not in twice]
    rows = []
    for index, (pair, (one, other)) in enumerate(zip(pairs, found, strict=True)):
        cells = [_plain(" · ".join(map(place_in_words, pair)))]
        for position in twice:
            cells += [one[position], other[position]]
        cells += [one[position] for position in once]
        rows.append(row_table.Row(index, tuple(cells)))
    names = [_("Where"), *(name for p in twice for name in (known[p], known[p]))]
    draw_table([*names, *(known[p] for p in once)], rows, key=key)


def draw_changes(changes: Iterable[tuple[str, str, object, object]], *, key: str) -> None:
    """(where, column, before, after) of values; white space is seen. where: "" in all for none."""
    rows = []
    names = [_("column"), _("before"), _("after")]
    for index, (where, column, before, after) in enumerate(changes):
        cells = [_plain(column), _value(before), _value(after)]
        if where:
            names = [_("Where"), *names[-3:]]
            cells = [_plain(where), *cells]
        rows.append(row_table.Row(index, tuple(cells)))
    draw_table(names, rows, key=key)


def draw_table(names: Sequence[str], rows: Sequence[row_table.Row], *, key: str) -> None:
    """A table without row numbers and without an order."""
    row_table.row_table(
        [row_table.Column(name, False) for name in names],
        rows,
        key=key,
        labels={name: _(text) for name, text in row_table.LABELS.items()},
        whole=True,
    )


def place_in_words(place: Place) -> str:
    """As short as it can be: split and number."""
    split, row = place
    return f"{split} {row:,}"


def first_places(rows: dict[str, Ids], most: int) -> list[Place]:
    """The first rows of every split, as evenly as they allow."""
    share = max(1, most // max(1, len(rows)))
    return [(split, int(row)) for split, ids in rows.items() for row in ids[:share]][:most]


def _cells(opened: OpenedDataset, place: Place) -> tuple[row_table.Cell, ...]:
    split, row = place
    ids = np.array([row], dtype=np.int64)
    (found,) = page(opened.split(split).table, ids, 0, 1, characters=_CHARACTERS)
    return tuple(map(draw_cell, found.cells))


def _plain(text: str) -> row_table.Cell:
    return row_table.Cell(text, len(text))


def _value(value: object) -> row_table.Cell:
    if value is None:
        return row_table.Cell("", 0, row_table.CellKind.MISSING)
    text = as_text(value)
    return row_table.Cell(text[:_CHARACTERS], len(text))
