"""The rows that are seen: fifty at once, out of however many."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import streamlit as st

from components import background, row_table
from components.error_box import show_error
from components.following import follow
from components.i18n import _
from components.inspect import keys, state
from components.inspect.cells import draw_cell
from components.inspect.state import Ids
from components.inspect.whole_row import open_row
from components.row_table import clicked
from loupe.data.opened import Split
from loupe.data.view import (
    ROWS_A_PAGE,
    Row,
    Sort,
    ViewQuery,
    page,
    position_of_row,
)
from loupe.data.view import first_hits as find_first
from loupe.data.view import row_ids as find_rows
from loupe.data.view.columns import Column, Kind
from loupe.data.view.scan import check
from loupe.engine import Ticket
from loupe.errors import InvalidInput

# A view that is found within this is shown whole; before that its first rows are.
_QUIET_S = 0.15
# Of one cell in the table; the whole is a click away.
CELL_CHARACTERS = 600
_SORTABLE = (Kind.TEXT, Kind.NUMBER, Kind.LABEL)


@dataclass(frozen=True, slots=True)
class Shown:
    """ids: of the rows that pass, None for all in the file's order. complete: all were found."""

    ids: Ids | None
    rows: int
    complete: bool


@dataclass(frozen=True, slots=True)
class _Work:
    asked: tuple[str, str]
    ticket: Ticket[Ids]
    started_s: float


def find(split: Split, query: ViewQuery) -> Shown:
    """The rows of the query, or the first of them while the others are looked for.

    Raises InvalidInput where the query does not fit the data.
    """
    table = split.table
    check(query, table.schema, state.row_sets())
    if query == ViewQuery():
        return Shown(None, split.rows, complete=True)
    work = _work(split, query)
    try:
        ids = work.ticket.result(timeout_s=_QUIET_S)
    except TimeoutError:
        first = find_first(table, query, ROWS_A_PAGE, row_sets=state.row_sets())
        return Shown(first.ids, len(first.ids), complete=False)
    return Shown(ids, len(ids), complete=True)


def _work(split: Split, query: ViewQuery) -> _Work:
    asked = (split.fingerprint, query.model_dump_json())
    held = st.session_state.get(keys.WORK)
    if isinstance(held, _Work) and held.asked == asked and not held.ticket.cancelled.is_set():
        return held
    if isinstance(held, _Work):
        # What nobody looks at any more need not be found.
        held.ticket.cancel()
    table, row_sets = split.table, dict(state.row_sets())

    def look(ticket: Ticket[Ids]) -> Ids:
        cancelled = ticket.cancelled.is_set
        return find_rows(table, split.fingerprint, query, row_sets=row_sets, cancelled=cancelled)

    work = _Work(asked, background.start(look), time.monotonic())
    st.session_state[keys.WORK] = work
    return work


def draw_rows(
    split: Split,
    columns: tuple[Column, ...],
    query: ViewQuery,
    shown: Shown,
    removed_by: Ids | None = None,
) -> None:
    """The table and what turns its pages. removed_by: (R,) the recipe's step, -1 for none."""
    _say_how_many(split, shown)
    number = _page_number(shown)
    rows = page(
        split.table,
        shown.ids,
        (number - 1) * ROWS_A_PAGE,
        ROWS_A_PAGE,
        search=query.search,
        characters=CELL_CHARACTERS,
    )
    drawn = [_draw(row, columns, removed_by) for row in rows]
    row_table.row_table(
        [_head(column, query.sort) for column in columns],
        drawn,
        key=keys.ROWS,
        labels={name: _(text) for name, text in row_table.LABELS.items()},
        selected=st.session_state.get(keys.WHOLE),
        on_row=lambda: open_row(rows[clicked(keys.ROWS, "row") or 0].id),
        on_column=lambda: _turn_order(columns[clicked(keys.ROWS, "column") or 0]),
    )
    if not shown.complete:
        work = st.session_state[keys.WORK]
        # Also where it has ended since: only so does the page run again.
        follow(
            work.ticket,
            lambda _progress: _("Looking through all rows…"),
            key=keys.WORK,
            started_s=work.started_s,
        )
    _draw_pager(split, shown, number)


def _say_how_many(split: Split, shown: Shown) -> None:
    if not shown.complete:
        st.caption(_("The first hits; how many there are in all is being counted."))
    elif shown.rows == split.rows:
        st.caption(_("{count} rows").format(count=f"{split.rows:,}"))
    else:
        st.caption(
            _("{count} of {all} rows").format(count=f"{shown.rows:,}", all=f"{split.rows:,}")
        )


def _page_number(shown: Shown) -> int:
    last = max(1, -(-shown.rows // ROWS_A_PAGE))
    number = st.session_state.get(keys.NUMBER)
    number = min(max(1, number), last) if isinstance(number, int) else 1
    st.session_state[keys.NUMBER] = number
    return number


def _draw_pager(split: Split, shown: Shown, number: int) -> None:
    last = max(1, -(-shown.rows // ROWS_A_PAGE))
    if last > 1:
        back, here, on, jump = st.columns([1, 1.6, 1, 2.4], vertical_alignment="bottom")
        back.button(
            _("Previous"),
            key=f"{keys.PAGE}_back",
            icon=":material/chevron_left:",
            disabled=number <= 1,
            on_click=_turn,
            args=(number - 1,),
        )
        here.number_input(
            _("Page of {last}").format(last=f"{last:,}"),
            min_value=1,
            max_value=last,
            step=1,
            key=keys.NUMBER,
            persist_state="session",
        )
        on.button(
            _("Next"),
            key=f"{keys.PAGE}_on",
            icon=":material/chevron_right:",
            disabled=number >= last,
            on_click=_turn,
            args=(number + 1,),
        )
        with jump:
            st.number_input(
                _("Go to row"),
                min_value=0,
                max_value=max(split.rows - 1, 0),
                step=1,
                value=None,
                key=keys.JUMP,
                on_change=_jump,
                args=(shown, split.rows),
            )
    said = st.session_state.pop(keys.JUMPED, None)
    if isinstance(said, InvalidInput):
        show_error(said, key=f"{keys.PAGE}_jump")


def _turn(number: int) -> None:
    st.session_state[keys.NUMBER] = number


def _jump(shown: Shown, rows: int) -> None:
    row = st.session_state.get(keys.JUMP)
    if row is None:
        return
    try:
        position = position_of_row(shown.ids, int(row), rows=rows)
    except InvalidInput as error:
        st.session_state[keys.JUMPED] = error
        return
    st.session_state[keys.NUMBER] = position // ROWS_A_PAGE + 1
    # It is one of fifty: shown whole, it need not be looked for.
    open_row(int(row))


def _turn_order(column: Column) -> None:
    """Ascending, descending, and back to the file's own order."""
    now = state.sort()
    if now is None or now.column != column.name:
        by: Any = "label" if column.kind is Kind.LABEL else "value"
        state.set_sort(Sort(column=column.name, by=by))
    elif not now.descending:
        state.set_sort(now.model_copy(update={"descending": True}))
    else:
        state.set_sort(None)


def _head(column: Column, order: Sort | None) -> row_table.Column:
    way = ""
    if order is not None and order.column == column.name:
        way = "descending" if order.descending else "ascending"
    return row_table.Column(column.name, column.kind in _SORTABLE, way)


def _draw(row: Row, columns: tuple[Column, ...], removed_by: Ids | None) -> row_table.Row:
    step = -1 if removed_by is None else int(removed_by[row.id])
    notes = () if step < 0 else (_("removed by step {number}").format(number=step + 1),)
    cells = tuple(map(draw_cell, row.cells))
    assert len(cells) == len(columns)
    return row_table.Row(row.id, cells, notes, faint=step >= 0)
