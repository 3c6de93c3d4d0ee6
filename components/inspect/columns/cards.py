"""A card a column, over all rows."""

from __future__ import annotations

import streamlit as st

from components.awaited import awaited
from components.i18n import _
from components.inspect import keys
from components.inspect.columns.bars import show_filtered
from components.inspect.columns.histograms import draw_lengths, draw_numbers, draw_values
from components.inspect.wording import UNITS
from components.plain_label import plain_label
from loupe.data.opened import Split
from loupe.data.profile import ColumnCard, profile_column
from loupe.data.view.columns import Kind, columns_of
from loupe.data.view.query import Unit
from loupe.engine import Ticket
from loupe.engine.ticket import Progress

# Data of thousands of columns exist; a page of cards must stay one that can be read.
CARDS_A_PAGE = 12
KIND_NAMES = {
    Kind.TEXT: "text",
    Kind.TEXTS: "lists of texts",
    Kind.LABEL: "classes",
    Kind.LABELS: "lists of classes",
    Kind.NUMBER: "numbers",
    Kind.BOOL: "true or false",
    Kind.TIME: "dates or times",
    Kind.NESTED: "nested values",
    Kind.OTHER: "other values",
}
_UNIT = f"{keys.PAGE}_columns_unit"
_PAGE = f"{keys.PAGE}_columns_page"


def draw_cards(split: Split) -> None:
    """All of them, twelve at once."""
    columns = columns_of(split.table.schema)
    pages = -(-len(columns) // CARDS_A_PAGE) or 1
    st.caption(
        _("Over all {rows} rows of “{split}”. Click a bar to see its rows.").format(
            rows=f"{split.rows:,}", split=split.name
        )
    )
    unit = _pick_unit() if any(c.kind in (Kind.TEXT, Kind.TEXTS) for c in columns) else "words"
    page = st.pagination(pages, key=_PAGE, persist_state="session") if pages > 1 else 1
    first = (min(page, pages) - 1) * CARDS_A_PAGE
    shown = columns[first : first + CARDS_A_PAGE]

    def count(ticket: Ticket[tuple[ColumnCard, ...]]) -> tuple[ColumnCard, ...]:
        cards = []
        for done, column in enumerate(shown):
            ticket.report(done, len(shown), "columns")
            cards.append(
                profile_column(
                    split.table, split.fingerprint, column, cancelled=ticket.cancelled.is_set
                )
            )
        return tuple(cards)

    cards = awaited(f"{keys.PAGE}_cards", (split.fingerprint, first), count, _columns_done)
    if cards is None:
        return
    if len(cards) == 1:
        _draw_card(cards[0], unit)
        return
    sides = st.columns(2)
    for place, card in enumerate(cards):
        with sides[place % 2]:
            _draw_card(card, unit)


def _columns_done(progress: Progress) -> str:
    return _("Counting: {done} of {total} columns").format(
        done=progress.done, total=progress.total or 0
    )


def _pick_unit() -> Unit:
    st.session_state.setdefault(_UNIT, "words")
    unit: Unit | None = st.segmented_control(
        _("Lengths in"),
        list(UNITS),
        key=_UNIT,
        required=True,
        format_func=lambda name: _(UNITS[name]),
        label_visibility="collapsed",
        persist_state="session",
    )
    return unit or "words"


def _draw_card(card: ColumnCard, unit: Unit) -> None:
    with st.container(border=True, key=f"{keys.PAGE}_card_{card.position}"):
        st.text(card.name)
        st.caption(_facts(card))
        _draw_absences(card)
        key = f"{keys.PAGE}_column_{card.position}"
        lengths = card.words if unit == "words" else card.characters
        if card.values is not None:
            draw_values(card, card.values, key=f"{key}_values")
        elif card.numbers is not None:
            draw_numbers(card.numbers, key=f"{key}_numbers")
        elif lengths is not None:
            draw_lengths(lengths, is_list=card.kind is Kind.TEXTS, key=f"{key}_{unit}")


def _facts(card: ColumnCard) -> str:
    parts = [_(KIND_NAMES[card.kind])]
    if card.unique is not None:
        said = _("{count} different") if card.unique_exact else _("about {count} different")
        parts.append(said.format(count=f"{card.unique:,}"))
    return " · ".join(parts)


def _draw_absences(card: ColumnCard) -> None:
    """Each kind with its number, and a click to its rows."""
    said = (
        ("null", card.null, _("{count} missing")),
        ("empty", card.empty, _("{count} empty")),
        ("blank", card.blank, _("{count} only white space")),
    )
    there = [(name, one, words) for name, one, words in said if one.count]
    if not there:
        st.caption(_("Every row has a value."))
        return
    with st.container(horizontal=True, key=f"{keys.PAGE}_absences_{card.position}"):
        for name, one, words in there:
            st.button(
                plain_label(words.format(count=f"{one.count:,}")),
                key=f"{keys.PAGE}_absent_{name}_{card.position}",
                icon=":material/filter_list:",
                on_click=show_filtered,
                args=(one.filter,),
                help=_("Show these rows"),
            )
