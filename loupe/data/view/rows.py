"""The rows that a page shows: sliced out of the memory map, large cells cut."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from loupe.data.view.columns import Column, Kind, columns_of, is_text
from loupe.data.view.query import Search
from loupe.data.view.search import Span, check_search, spans_of, texts_of
from loupe.errors import InvalidInput

Ids = npt.NDArray[np.int64]

ROWS_A_PAGE = 50
CELL_CHARACTERS_MAX = 2000
CELL_ITEMS_MAX = 500
# So much is shown before the first hit of a cell that is cut, where its beginning has none.
BEFORE_HIT_CHARACTERS = 200
# A cell is looked through for a hit beyond what is shown of it, unless it is longer than this.
LOOKED_THROUGH_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as it is shown.

    value: None where it is missing; a text; a number; true or false; the items of a list of texts
    or classes; else the value written as text. Cut where `cut`, then `full_length` says how much
    there is: characters of a text or of a nested value's JSON, items of a list, bytes of binary.
    text: as which it is searched; None of cells that are not searched. Cut like the value.
    spans: where hits of the page's search stand in `text`: (start, end) in code points.
    offset: at which character of the whole text a cut value begins: where the first hit of a text
    lies beyond the cut, the part around it is shown.
    label: the class's name; None where the id has none.
    """

    value: bool | int | float | str | tuple[Any, ...] | None
    text: str | None
    full_length: int | None = None
    cut: bool = False
    label: str | tuple[str | None, ...] | None = None
    spans: tuple[Span, ...] = ()
    offset: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """id: in its split, from 0. cells: in the order of the table's columns."""

    id: int
    cells: tuple[Cell, ...]


def page(
    table: pa.Table,
    ids: Ids | None,
    start: int,
    n: int = ROWS_A_PAGE,
    *,
    search: Search | None = None,
    characters: int | None = CELL_CHARACTERS_MAX,
) -> tuple[Row, ...]:
    """Rows ids[start : start + n], of None all rows in the file's order; fewer at the end.

    characters: at most so many of a cell (and CELL_ITEMS_MAX items of a list); None for whole
    cells, as a drawer shows one. search: whose hits are marked. Raises InvalidInput where that
    does not fit the table.
    """
    total = table.num_rows if ids is None else len(ids)
    start, end = max(0, start), min(max(0, start) + n, total)
    chosen = np.arange(start, max(start, end)) if ids is None else ids[start:end]
    rows = rows_at(table, chosen)
    cells = [_cells(rows, column, characters) for column in columns_of(table.schema)]
    for column in () if search is None else check_search(search, table.schema):
        assert search is not None
        values = rows.column(column.position)
        cells[column.position] = _with_hits(values, cells[column.position], search, characters)
    return tuple(Row(int(i), tuple(column[k] for column in cells)) for k, i in enumerate(chosen))


def position_of_row(ids: Ids | None, row: int, *, rows: int) -> int:
    """Where a row stands in a view; the page is `position // n`.

    rows: of the whole split. Raises InvalidInput where the row is not in the data or not in the
    view.
    """
    if not 0 <= row < rows:
        raise InvalidInput(
            "There is no row {row}.",
            "Rows are counted from 0; the last is {last}." if rows else "This data has no rows.",
            row=row,
            last=rows - 1,
        )
    if ids is None:
        return row
    found = np.flatnonzero(ids == row)
    if not len(found):
        raise InvalidInput(
            "Row {row} is not among those shown.", "Remove the search and the filters.", row=row
        )
    return int(found[0])


def rows_at(table: pa.Table, ids: Ids) -> pa.Table:
    """Few rows in the order of ids, sliced run by run.

    `Table.take` would put whole columns together in memory first.
    """
    if not len(ids):
        return table.slice(0, 0)
    breaks = np.flatnonzero(np.diff(ids) != 1) + 1
    runs = zip([0, *breaks], [*breaks, len(ids)], strict=True)
    return pa.concat_tables([table.slice(int(ids[a]), int(b - a)) for a, b in runs])


def _cells(rows: pa.Table, column: Column, characters: int | None) -> list[Cell]:
    values = rows.column(column.position)
    if column.kind is Kind.TEXT:
        return _text_cells(values, characters)
    if column.kind is Kind.TEXTS:
        return _list_cells(values, characters)
    if column.kind is Kind.NESTED:
        return [_cut_text(text, characters) for text in texts_of(rows, column)]
    if column.kind is Kind.LABEL:
        names = column.label_names
        return [Cell(v, None, label=_name(v, names)) for v in values.to_pylist()]
    if column.kind is Kind.LABELS:
        return [
            Cell(None, None)
            if v is None
            else Cell(
                tuple(v[:CELL_ITEMS_MAX]),
                None,
                len(v),
                len(v) > CELL_ITEMS_MAX,
                tuple(_name(i, column.label_names) for i in v[:CELL_ITEMS_MAX]),
            )
            for v in values.to_pylist()
        ]
    if column.kind is Kind.OTHER:
        return [_other_cell(v, characters) for v in values]
    return [
        Cell(v if v is None or isinstance(v, (bool, int, float)) else str(v), None)
        for v in values.to_pylist()
    ]


def _with_hits(
    values: pa.ChunkedArray, cells: list[Cell], search: Search, characters: int | None
) -> list[Cell]:
    texts = [cell.text for cell in cells]
    for i, cell in enumerate(cells):
        if cell.cut and is_text(values.type) and (cell.full_length or 0) <= LOOKED_THROUGH_MAX:
            texts[i] = values[i].as_py()
    found = []
    for cell, text, spans in zip(cells, texts, spans_of(texts, search), strict=True):
        if text is None or text == cell.text:
            found.append(replace(cell, spans=spans))
            continue
        assert characters is not None
        beyond = bool(spans) and spans[0][0] >= characters
        first = max(0, spans[0][0] - min(BEFORE_HIT_CHARACTERS, characters // 2)) if beyond else 0
        shown = text[first : first + characters]
        inside = [
            (start - first, min(end - first, len(shown)))
            for start, end in spans
            if start - first < len(shown)
        ]
        found.append(replace(cell, value=shown, text=shown, spans=tuple(inside), offset=first))
    return found


def _text_cells(values: pa.ChunkedArray, characters: int | None) -> list[Cell]:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    lengths = pc.utf8_length(values).to_pylist()
    if characters is not None:
        # In Arrow, so that a huge cell never becomes an object of Python.
        values = pc.utf8_slice_codeunits(values, 0, characters)
    return [
        Cell(text, text, length, text is not None and len(text) < length)
        for text, length in zip(values.to_pylist(), lengths, strict=True)
    ]


def _list_cells(values: pa.ChunkedArray, characters: int | None) -> list[Cell]:
    cells = []
    for scalar in values:
        if not scalar.is_valid:
            cells.append(Cell(None, None))
            continue
        items = scalar.values
        count = len(items)
        if characters is not None:
            items = items.slice(0, CELL_ITEMS_MAX)
        texts = [cell.value for cell in _text_cells(pa.chunked_array([items]), characters)]
        if characters is not None:
            texts = _within(texts, characters)
        joined = " ".join(str(text) for text in texts if text is not None)
        whole = len(texts) == count and (
            characters is None
            or pc.sum(pc.utf8_length(items)).as_py()
            in (None, sum(len(str(t)) for t in texts if t is not None))
        )
        cells.append(Cell(tuple(texts), joined, count, not whole))
    return cells


def _within(texts: list[Any], characters: int) -> list[Any]:
    """As many items as have no more characters together; at least one."""
    ends = np.cumsum([len(text or "") for text in texts])
    return texts[: max(1, int(np.searchsorted(ends, characters, side="right")))]


def _cut_text(text: str | None, characters: int | None) -> Cell:
    if text is None:
        return Cell(None, None)
    shown = text if characters is None else text[:characters]
    return Cell(shown, shown, len(text), len(shown) < len(text))


def _other_cell(scalar: Any, characters: int | None) -> Cell:
    value = scalar.as_py()
    if value is None:
        return Cell(None, None)
    if isinstance(value, bytes):
        taken = value if characters is None else value[:characters]
        written = base64.b64encode(taken).decode("ascii")
        return Cell(written, None, len(value), len(taken) < len(value))
    text = value if is_text(scalar.type) else str(value)
    shown = text if characters is None else text[:characters]
    return Cell(shown, None, len(text), len(shown) < len(text))


def _name(value: int | None, names: tuple[str, ...]) -> str | None:
    return names[value] if value is not None and 0 <= value < len(names) else None
