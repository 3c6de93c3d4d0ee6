"""Texts that say the same again and again, which a language model learns to do too."""

from __future__ import annotations

import numpy as np
import streamlit as st

from components.dataset.lens import Lens
from components.i18n import _
from components.inspect import keys
from components.inspect.columns.bars import show_found
from components.inspect.columns.exactly import estimate
from components.inspect.sample_size import affordable_rows
from components.inspect.state import Ids
from components.numbers import percent
from components.plain_label import plain_label
from loupe.data.checks.repetition import LEAST_WORDS, repeats_itself
from loupe.data.opened import Split
from loupe.data.profile.words import sample_rows, texts_in_blocks
from loupe.data.spec import Role
from loupe.data.view.columns import MEASURED, column_named, wrong_kind
from loupe.engine import Ticket

SAMPLE_ROWS = 1000
Found = tuple[int, Ids]


def draw_repeating(split: Split, lens: Lens) -> None:
    """The share of such texts, by the check's own rule. Raises InvalidInput."""
    schema = split.table.schema
    column = column_named(schema, lens.roles[Role.TEXT])
    if column.kind not in MEASURED:
        raise wrong_kind(column, "repetition", schema, MEASURED)
    st.subheader(_("Do texts repeat themselves?"))

    def measure(ticket: Ticket[Found], sample: int | None) -> Found:
        ids = sample_rows(split.rows, sample, seed=0)
        found: list[int] = []
        done = 0
        for block in texts_in_blocks(split.table, column, ids, cancelled=ticket.cancelled.is_set):
            places = [i for i, text in enumerate(block) if text and repeats_itself(text)]
            found += [int(ids[done + i]) for i in places]
            done += len(block)
            ticket.report(done, len(ids), "rows")
        return len(ids), np.array(found, dtype=np.int64)

    answer = estimate(
        "repeating",
        (split.fingerprint, column.name),
        measure,
        sample=lambda ticket: affordable_rows(
            split, [column.name], SAMPLE_ROWS, cancelled=ticket.cancelled.is_set
        ),
        is_estimate=lambda one: one[0] < split.rows,
        said=lambda one: _("Estimated from {read} of {rows} rows.").format(
            read=f"{one[0]:,}", rows=f"{split.rows:,}"
        ),
    )
    if answer is None or not answer[0]:
        return
    read, rows = answer
    st.text(
        _("{share} of the texts say the same sentences or four words again and again.").format(
            share=percent(len(rows) / read)
        )
    )
    st.caption(
        _(
            "Texts of fewer than {least} words do not count. A language model that learns from "
            "many of them goes in circles when it writes."
        ).format(least=LEAST_WORDS)
    )
    if len(rows):
        st.button(
            plain_label(_("Show these rows ({count})").format(count=f"{len(rows):,}")),
            key=f"{keys.PAGE}_repeating_rows",
            icon=":material/filter_list:",
            on_click=show_found,
            args=(_("repeats itself"), rows),
        )
