"""Classes and labels: what was taken for what, each class by itself, the surest mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from components.figures.confusion import LABELS as CONFUSION_LABELS
from components.figures.confusion import cells, confusion
from components.i18n import _
from components.numbers import percent
from components.quality.place import Place
from components.quality.threshold import ask_threshold
from components.row_table import LABELS as TABLE_LABELS
from components.row_table import Cell, Column, Row, row_table
from components.theme import current_theme
from loupe.data.outcomes import Classes, Labels
from loupe.runs import quality
from loupe.runs.decision import Decision

# Rows that are read one after the other; the worst are the first.
ROWS_SHOWN = 25


def draw_classes(
    place: Place, outcome: Classes | Labels, *, decision_file: Path | None
) -> Decision | None:
    """From top to bottom; a threshold that is tried shows in all that comes below it, and is given.

    decision_file: where a threshold is kept; None where none can be.
    """
    decision = ask_threshold(place, outcome, decision_file=decision_file)
    if isinstance(outcome, Classes):
        st.subheader(_("What was taken for what?"))
        _draw_confusion(place, outcome, decision)
    st.subheader(
        _("How well is each class found?")
        if isinstance(outcome, Classes)
        else _("How well is each label found?")
    )
    st.dataframe(
        scores_table(quality.class_scores(outcome, decision)),
        hide_index=True,
        key=place.key("classes"),
        column_config={
            "label": _("label"),
            "precision": st.column_config.NumberColumn(_("precision"), format="%.3f"),
            "recall": st.column_config.NumberColumn(_("recall"), format="%.3f"),
            "f1": st.column_config.NumberColumn("F1", format="%.3f"),
            "support": _("rows that have it"),
            "given": _("rows that got it"),
        },
    )
    _draw_mistakes(place, outcome, decision)
    return decision


def scores_table(scores: Sequence[quality.ClassScore]) -> pd.DataFrame:
    """One row a label, the worst found first: that is what one looks for."""
    ordered = sorted(scores, key=lambda score: (score.f1, -score.support))
    return pd.DataFrame(
        [
            {
                "label": score.label,
                "precision": score.precision,
                "recall": score.recall,
                "f1": score.f1,
                "support": score.support,
                "given": score.given,
            }
            for score in ordered
        ]
    )


def _draw_confusion(place: Place, outcome: Classes, decision: Decision | None) -> None:
    found = quality.confusion(outcome, decision)
    key = place.key("confusion")
    squares = cells(found.counts)

    def clicked() -> None:
        chosen: Any = st.session_state.get(key)
        points = chosen["selection"]["points"] if chosen else []
        index = points[0].get("point_index") if points else None
        if isinstance(index, int) and index < len(squares):
            st.session_state[place.key("cell")] = squares[index]

    st.plotly_chart(
        confusion(
            found.counts,
            names=found.labels,
            theme=current_theme(),
            labels={name: _(text) for name, text in CONFUSION_LABELS.items()},
        ),
        key=key,
        on_select=clicked,
        selection_mode="points",
        config={"displayModeBar": False},
        alt=_("Squares: how many rows of each class were given each class"),
    )
    _draw_cell(place, outcome, decision, found)


def _draw_cell(
    place: Place, outcome: Classes, decision: Decision | None, found: quality.Confusion
) -> None:
    """The rows of one square; mistakes are offered first, the most frequent before the others."""
    offered = sorted(
        cells(found.counts), key=lambda cell: (cell[0] == cell[1], -found.counts[cell[0]][cell[1]])
    )
    key = place.key("cell")
    if st.session_state.get(key) not in offered:
        st.session_state.pop(key, None)  # emptied by another threshold

    # Without the count, which another threshold changes: the browser holds on to what it shows.
    def name(cell: tuple[int, int]) -> str:
        truth, given = (found.labels[i] for i in cell)
        return _("truth {truth}, predicted {given}").format(truth=truth, given=given)

    cell = st.selectbox(
        _("Rows of a square"),
        offered,
        index=None,
        key=key,
        format_func=name,
        placeholder=_("Click a square or choose it here to see its rows"),
        label_visibility="collapsed",
    )
    if cell is None:
        return
    numbers = quality.rows_of_cell(outcome, cell[0], cell[1], decision)
    st.text(_("{count} rows, the surest first:").format(count=f"{len(numbers):,}"))
    rows = [outcome.rows[i] for i in numbers[:ROWS_SHOWN]]
    draw_rows(
        [_("text"), _("probability of “{label}”").format(label=found.labels[cell[1]])],
        [(row.text, percent(row.probabilities[cell[1]])) for row in rows],
        numbers[:ROWS_SHOWN],
        key=place.key("cell_rows"),
    )
    _say_more(len(numbers))


def _draw_mistakes(place: Place, outcome: Classes | Labels, decision: Decision | None) -> None:
    st.subheader(_("Where was it surest and wrong?"))
    mistakes = quality.worst_mistakes(outcome, decision)
    if not mistakes:
        st.text(_("Nowhere: every row is right."))
        return
    st.text(
        _("{count} of {total} rows are wrong; the surest mistakes first.").format(
            count=f"{len(mistakes):,}", total=f"{len(outcome.rows):,}"
        )
    )
    shown = mistakes[:ROWS_SHOWN]
    draw_rows(
        [_("text"), _("truth"), _("predicted"), _("how sure")],
        [
            (
                mistake.text,
                ", ".join(mistake.truth) or _("none"),
                ", ".join(mistake.given) or _("none"),
                percent(mistake.badness),
            )
            for mistake in shown
        ],
        [mistake.row for mistake in shown],
        key=place.key("mistakes"),
    )
    _say_more(len(mistakes))
    st.caption(
        _("A sure mistake is often no mistake of the model’s: look whether the label is right.")
    )


def draw_rows(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    numbers: Sequence[int],
    *,
    key: str,
) -> None:
    """Held-out rows as they are, never as Markdown. numbers: of the rows, from 0."""
    row_table(
        [Column(head, sortable=False) for head in heads],
        [
            Row(number, tuple(Cell(text, len(text)) for text in row))
            for number, row in zip(numbers, rows, strict=True)
        ],
        key=key,
        labels={**{name: _(text) for name, text in TABLE_LABELS.items()}, "table": _("Rows")},
        whole=True,
    )


def _say_more(count: int) -> None:
    if count > ROWS_SHOWN:
        st.caption(_("The first {shown} of {count}.").format(shown=ROWS_SHOWN, count=f"{count:,}"))
