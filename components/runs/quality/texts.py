"""Texts that the model wrote: the farthest from their references first."""

from __future__ import annotations

import streamlit as st

from components.i18n import _
from components.quality.classes import ROWS_SHOWN, draw_rows
from components.runs import keys
from loupe.data.outcomes import Texts
from loupe.runs import quality


def draw_texts(run_id: str, outcome: Texts) -> None:
    """A table; the best can be asked for too, since a mean hides both."""
    st.subheader(_("Which outputs are far from their references?"))
    if not outcome.rows:
        st.text(_("No output was written down."))
        return
    best_first = st.toggle(_("The best first"), key=f"{keys.PAGE}_best_first")
    scored = quality.worst_texts(outcome)
    shown = (scored[::-1] if best_first else scored)[:ROWS_SHOWN]
    rows = [outcome.rows[one.row] for one in shown]
    draw_rows(
        [_("source"), _("reference"), _("output"), "chrF"],
        [
            (row.source, " | ".join(row.targets), row.output, f"{one.chrf:.1f}")
            for row, one in zip(rows, shown, strict=True)
        ],
        [one.row for one in shown],
        key=f"{keys.PAGE}_texts_{run_id}",
    )
    st.caption(
        _("{shown} of {count} held-out rows. chrF goes from 0 to 100.").format(
            shown=len(shown), count=f"{len(outcome.rows):,}"
        )
    )
