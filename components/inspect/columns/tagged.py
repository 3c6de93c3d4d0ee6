"""Which entities the rows have, and some of them as they stand in their sentences."""

from __future__ import annotations

import streamlit as st

from components.awaited import awaited
from components.dataset.lens import Lens
from components.entity_text import entity_text
from components.figures.count_bars import CountBar, count_bars
from components.figures.horizontal_bars import COLOURS
from components.i18n import _
from components.inspect import keys
from components.inspect.columns.bars import draw_bars, show_found
from components.inspect.columns.entities import EntityCounts, count_entities
from components.inspect.columns.exactly import rows_done
from components.numbers import percent
from components.plain_label import plain_label
from components.theme import current_theme
from loupe.data.opened import Split
from loupe.data.spec import Role
from loupe.engine import Ticket
from loupe.tasks.token_classification.schemes import Scheme


def draw_entities(split: Split, lens: Lens) -> None:
    """Counts over all rows, each type a bar."""
    tokens, tags = lens.roles[Role.TOKENS], lens.roles[Role.TAGS]

    def count(ticket: Ticket[EntityCounts]) -> EntityCounts:
        return count_entities(
            split.table,
            tokens,
            tags,
            progress=lambda done, total: ticket.report(done, total, "rows"),
            cancelled=ticket.cancelled.is_set,
        )

    found = awaited(f"{keys.PAGE}_entities", (split.fingerprint, tokens, tags), count, rows_done)
    if found is None:
        return
    st.subheader(_("Which entities are in it?"))
    if found.scheme is Scheme.TAGS:
        st.text(_("Every word has a tag and none means “outside”: there are no entities."))
        return
    st.text(
        _("{count} entities in {rows} rows, tagged as {scheme}.").format(
            count=f"{found.entities:,}", rows=f"{split.rows:,}", scheme=found.scheme.value
        )
    )
    if found.types:
        _draw_types(found)
    if len(found.without):
        st.button(
            plain_label(
                _("{count} rows without an entity").format(count=f"{len(found.without):,}")
            ),
            key=f"{keys.PAGE}_without_entity",
            icon=":material/filter_list:",
            on_click=show_found,
            args=(_("without an entity"), found.without),
        )
    for place, (number, text, marks) in enumerate(found.examples):
        st.caption(_("Row {number}").format(number=f"{number:,}"))
        entity_text(
            text,
            marks,
            key=f"{keys.PAGE}_entities_{place}",
            label=_("A row with its entities"),
        )


def _draw_types(found: EntityCounts) -> None:
    bars, names = [], {}
    for place, one in enumerate(found.types):
        said = _("{name}: {count} entities in {rows} rows").format(
            name=one.label, count=f"{one.count:,}", rows=f"{len(one.rows):,}"
        )
        text = f"{one.count:,} · {percent(one.count / found.entities)}"
        bars.append(CountBar(one.label, one.count, text, said, place + 1))
        names[place] = said

    def show(place: int) -> None:
        one = found.types[place]
        show_found(_("with {name}").format(name=one.label), one.rows)

    draw_bars(
        count_bars(bars, colours=COLOURS[current_theme()]),
        names,
        show,
        key=f"{keys.PAGE}_entity_types",
        alt=_("Bars: how many entities there are of each type"),
    )
