"""The table of all checkpoints, with what narrows it down."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import streamlit as st

from components import resources
from components.i18n import _
from components.models import keys, link, words
from components.plain_label import plain_label
from components.row_table import LABELS, Cell, CellKind, Column, Row, clicked, row_table
from loupe.checkpoints.inventory import Entry, Where
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.errors import InvalidRef

ROWS_A_PAGE = 100
# Of more rows the table has a scroll bar of its own: what was chosen stays in sight below it.
ROWS_IN_SIGHT = 9
_HEIGHT_PX = 410


@dataclass(frozen=True, slots=True)
class _Column:
    """name: English. shown: a cell's text. sorts: what rows are ordered by."""

    name: str
    shown: Callable[[Entry], str]
    sorts: Callable[[Entry], Any]
    kind: CellKind = CellKind.TEXT
    is_sortable: bool = True


COLUMNS = (
    _Column("name", lambda e: e.ref.label, lambda e: e.ref.label.casefold(), CellKind.NAME),
    _Column("where", words.where, lambda e: list(Where).index(e.where)),
    _Column("task", words.tasks, words.tasks),
    _Column("size", words.size_of, lambda e: e.size_bytes),
    _Column("parameters", words.parameters, lambda e: e.parameters or 0),
    _Column("licence", lambda e: e.licence or words.NONE, lambda e: e.licence or ""),
    _Column("languages", words.languages, words.languages, is_sortable=False),
    _Column("context", words.context, lambda e: e.context_tokens or 0),
)


def draw_table(entries: Sequence[Entry], chosen: CheckpointRef | None) -> None:
    """Filters, rows, and what turns their pages."""
    loaded = loaded_refs()
    kept = _ordered(_filtered(entries))
    if not kept:
        st.text(_("No model is like that."))
        _offer_what_was_typed()
        return
    first = _first_row(len(kept), chosen, kept)
    shown = kept[first : first + ROWS_A_PAGE]
    height: int | Literal["content"] = _HEIGHT_PX if len(shown) > ROWS_IN_SIGHT else "content"
    with st.container(height=height, border=False, key=f"{keys.TABLE}_box"):
        row_table(
            [_head(column, place) for place, column in enumerate(COLUMNS)],
            [
                _row(number, entry, is_loaded=entry.ref in loaded)
                for number, entry in enumerate(shown, start=first + 1)
            ],
            key=keys.TABLE,
            compact=True,
            labels=_labels(),
            selected=next((i for i, e in enumerate(kept, start=1) if e.ref == chosen), None),
            on_row=lambda: link.show(shown[clicked(keys.TABLE, "row") or 0].ref),
            on_column=lambda: _turn_order(clicked(keys.TABLE, "column") or 0),
        )
    _draw_pager(len(kept))
    _say_what(kept, entries)


def _offer_what_was_typed() -> None:
    """What is on no list may be a model of the hub all the same, or a folder."""
    try:
        ref = CheckpointRef.parse(st.session_state.get(keys.FIND) or "")
    except InvalidRef:
        st.caption(_("Any model of the hub can be looked at: type its whole id, owner/name."))
        return
    st.button(
        _("Look at {name}").format(name=plain_label(ref.label)),
        key=f"{keys.PAGE}_typed",
        icon=":material/arrow_forward:",
        on_click=link.show,
        args=(ref,),
    )


def loaded_refs() -> frozenset[CheckpointRef]:
    """What is in memory now; of a run, under the step that was loaded as well."""
    found = set()
    for summary in resources.pool().loaded():
        found.add(summary.ref)
        if summary.ref.kind is Kind.RUN:
            found.add(CheckpointRef(Kind.RUN, summary.ref.id, summary.revision))
    return frozenset(found)


def _labels() -> dict[str, str]:
    said = {name: _(text) for name, text in LABELS.items()}
    return {
        **said,
        "table": _("Models"),
        "row": _("Model {number}: look at it"),
        "number": _("no."),
        "empty": _("No model is like that."),
    }


def _say_what(kept: Sequence[Entry], entries: Sequence[Entry]) -> None:
    here = [entry for entry in kept if entry.is_here]
    said = _("{count} models, {here} of them on this machine. A click on a number shows one.")
    st.caption(said.format(count=f"{len(kept):,}", here=f"{len(here):,}"))
    if resources.inventory().is_cut and len(kept) == len(entries):
        st.caption(
            _(
                "The folders that Loupe may read hold too many to look through all of them; name "
                "those with models in {variable}, or type a path on the page of a task."
            ).format(variable="LOUPE\\_ROOTS")
        )


def _filtered(entries: Sequence[Entry]) -> list[Entry]:
    text, task, where = st.columns([2, 1.3, 1.3])
    with text:
        part = st.text_input(
            _("Find a model"),
            key=keys.FIND,
            placeholder=_("Part of a name, a licence, a language"),
            label_visibility="collapsed",
            persist_state="session",
        )
    with task:
        done = st.selectbox(
            _("Task"),
            list(words.TASKS),
            index=None,
            key=keys.TASK,
            format_func=lambda name: _(words.TASKS[name]),
            placeholder=_("Any task"),
            label_visibility="collapsed",
            persist_state="session",
        )
    with where:
        place = st.selectbox(
            _("Where"),
            [one.value for one in Where],
            index=None,
            key=keys.WHERE,
            format_func=lambda value: _(words.WHERE[Where(value)]),
            placeholder=_("Anywhere"),
            label_visibility="collapsed",
            persist_state="session",
        )
    return [
        entry
        for entry in entries
        if _has(entry, part or "")
        and (done is None or done in entry.tasks)
        and (place is None or place == entry.where.value)
    ]


def _has(entry: Entry, part: str) -> bool:
    said = f"{entry.ref} {entry.ref.label} {entry.licence} {' '.join(entry.languages)} "
    said += entry.model_type or ""
    return part.strip().casefold() in said.casefold()


def _ordered(entries: list[Entry]) -> list[Entry]:
    """By the column that was clicked; else as they are found, what is here first."""
    order = st.session_state.get(keys.ORDER)
    if order is None:
        return entries
    place, descending = order
    return sorted(entries, key=COLUMNS[place].sorts, reverse=descending)


def _turn_order(place: int) -> None:
    """Ascending, descending, and back."""
    now = st.session_state.get(keys.ORDER)
    if now is None or now[0] != place:
        st.session_state[keys.ORDER] = (place, False)
    elif not now[1]:
        st.session_state[keys.ORDER] = (place, True)
    else:
        st.session_state[keys.ORDER] = None


def _head(column: _Column, place: int) -> Column:
    order = st.session_state.get(keys.ORDER)
    way = ""
    if order is not None and order[0] == place:
        way = "descending" if order[1] else "ascending"
    return Column(_(column.name), column.is_sortable, way)


def _row(number: int, entry: Entry, *, is_loaded: bool) -> Row:
    cells = []
    for column in COLUMNS:
        text = column.shown(entry)
        cells.append(Cell(text, len(text), column.kind))
    return Row(number, tuple(cells), (_("loaded"),) if is_loaded else ())


def _first_row(count: int, chosen: CheckpointRef | None, kept: Sequence[Entry]) -> int:
    last = -(-count // ROWS_A_PAGE)
    number = st.session_state.get(keys.NUMBER)
    if not isinstance(number, int):
        # A link may name one that stands further down.
        place = next((i for i, entry in enumerate(kept) if entry.ref == chosen), 0)
        number = place // ROWS_A_PAGE + 1
    number = min(max(1, number), last)
    st.session_state[keys.NUMBER] = number
    return (number - 1) * ROWS_A_PAGE


def _draw_pager(count: int) -> None:
    last = -(-count // ROWS_A_PAGE)
    if last > 1:
        st.pagination(last, key=keys.NUMBER)
