"""How varied the texts of a column are."""

from __future__ import annotations

import streamlit as st

from components.dataset.lens import Lens
from components.i18n import _
from components.inspect import keys, state, tabs
from components.inspect.columns.exactly import estimate
from components.inspect.sample_size import affordable_rows
from components.numbers import percent
from components.plain_label import plain_label
from loupe.data.opened import Split
from loupe.data.profile import Diversity, measure_diversity
from loupe.data.profile.diversity import SAMPLE_ROWS, Repeated
from loupe.data.spec import Role
from loupe.data.view import Search
from loupe.data.view.columns import MEASURED, columns_of
from loupe.engine import Ticket

REPEATED_SHOWN = 8
_COLUMN = f"{keys.PAGE}_diversity_column"


def draw_diversity(split: Split, lens: Lens) -> None:
    """Nothing where no column holds texts."""
    names = [column.name for column in columns_of(split.table.schema) if column.kind in MEASURED]
    if not names:
        return
    st.subheader(_("How varied are the texts?"))
    column = _pick_column(names, lens)

    def measure(ticket: Ticket[Diversity], sample: int | None) -> Diversity:
        return measure_diversity(
            split.table,
            column,
            sample=sample,
            progress=lambda done, total: ticket.report(done, total, "rows"),
            cancelled=ticket.cancelled.is_set,
        )

    found = estimate(
        "diversity",
        (split.fingerprint, column),
        measure,
        sample=lambda ticket: affordable_rows(
            split, [column], SAMPLE_ROWS, cancelled=ticket.cancelled.is_set
        ),
        is_estimate=lambda one: one.rows_read < one.rows,
        said=lambda one: _("Estimated from {read} of {rows} rows.").format(
            read=f"{one.rows_read:,}", rows=f"{one.rows:,}"
        ),
    )
    if found is not None:
        _draw_numbers(found)
        _draw_repeated(found)


def _pick_column(names: list[str], lens: Lens) -> str:
    roles = (Role.TEXT, Role.SOURCE, Role.TOKENS)
    usual = next((lens.roles[role] for role in roles if lens.roles.get(role) in names), names[0])
    if st.session_state.get(_COLUMN) not in names:
        st.session_state[_COLUMN] = usual
    if len(names) == 1:
        return names[0]
    return st.selectbox(_("Texts of"), names, key=_COLUMN, persist_state="session") or usual


def _draw_numbers(found: Diversity) -> None:
    one, two, three = st.columns(3)
    with one:
        st.metric(_("Different words"), f"{found.vocabulary:,}")
        st.caption(
            _(
                "Among {words} words. A small vocabulary is learned from few rows; in a large one "
                "many words come up too seldom to be learned."
            ).format(words=f"{found.words:,}")
        )
    with two:
        st.metric(_("Different pairs of words"), _share(found.distinct[2]))
        st.caption(
            _(
                "Of all pairs of neighbouring words. Low: the texts are made alike, and a model "
                "learns their pattern by heart. High: they are varied. Falls as more rows are read."
            )
        )
    with three:
        st.metric(_("Different runs of three words"), _share(found.distinct[3]))
        st.caption(
            _(
                "Low: whole phrases come again and again, as from a template, and teach little "
                "after the first time. High: hardly any phrase comes twice."
            )
        )


def _share(value: float | None) -> str:
    return "—" if value is None else percent(value)


def _draw_repeated(found: Diversity) -> None:
    if not found.repeated:
        st.text(_("No sentence or line comes twice."))
        return
    st.text(
        _("Sentences and lines that come most often; a model learns them by heart. Click for rows:")
    )
    with st.container(key=f"{keys.PAGE}_repeated", gap=None):
        for place, one in enumerate(found.repeated[:REPEATED_SHOWN]):
            said = _("{times} times: “{text}”").format(times=f"{one.times:,}", text=one.text)
            st.button(
                plain_label(said, most=110),
                key=f"{keys.PAGE}_repeated_{place}",
                type="tertiary",
                icon=":material/search:",
                on_click=_look_for,
                args=(one,),
            )


def _look_for(one: Repeated) -> None:
    search: Search = one.search
    st.session_state[keys.FIND] = search.text
    st.session_state[keys.FIND_MODE] = search.mode
    st.session_state[keys.FIND_CASE] = search.case
    st.session_state[keys.FIND_COLUMNS] = list(search.columns)
    state.to_first_page()
    tabs.go_to("rows")
