"""Many classified texts as a table, and as files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pandas as pd
import streamlit as st

from components.classify import keys
from components.classify.files import draw_csv, draw_json, with_columns
from components.classify.given import Given as GivenLabels
from components.classify.many.ask import Given
from components.i18n import _
from components.numbers import percent
from loupe.engine.tables import Row
from loupe.tasks.text_classification import BatchResult, BatchRow
from loupe.tasks.text_classification.query import Meaning

# More columns no screen shows; the file has them all.
LABELS_SHOWN = 12
_COUNTED = 6
# On a narrow screen what was found must not stand out of sight.
_TEXT_PX = 220


def draw_labels_of_many(
    asked: Given, result: BatchResult, given: GivenLabels, saved: Callable[[], str]
) -> None:
    """What was given how often, the table, and the downloads. saved: everything, as JSON."""
    st.text(" · ".join(_facts(result, given)))
    shown = _shown(result)
    table = labels_table(asked, result, given, shown)
    is_number = result.meaning is Meaning.NUMBER
    if not table["note"].any():
        table = table.drop(columns="note")
    if is_number or given.thresholds is not None:
        table = table.drop(columns="best")
    st.dataframe(
        table,
        hide_index=True,
        key=f"{keys.PAGE}_many_table",
        column_config={
            "line": st.column_config.NumberColumn(_("line"), width="small"),
            "text": st.column_config.TextColumn(_("text"), width=_TEXT_PX),
            "given": _("given") if given.thresholds is not None else _("best label"),
            "best": st.column_config.NumberColumn(_("its probability"), format="percent"),
            **{
                f"label_{i}": st.column_config.NumberColumn(
                    result.labels[i], format="%.4f" if is_number else "percent"
                )
                for i in shown
            },
            "note": _("note"),
        },
    )
    if is_number:
        st.caption(_("Scores as they are: this checkpoint measures, so there is no probability."))
    else:
        st.caption(_("Probabilities are the model’s own. Click a column’s name to sort by it."))
    if len(shown) < len(result.labels):
        st.caption(
            _("The {shown} labels that are given most often; the files have all {count}.").format(
                shown=len(shown), count=len(result.labels)
            )
        )
    with st.container(horizontal=True):
        draw_csv(
            _("Table (CSV)"),
            lambda: export_rows(asked, result, given),
            file="texts-with-labels.csv",
            key=f"{keys.PAGE}_many_csv",
        )
        draw_json(
            saved,
            file="texts-with-labels.json",
            key=f"{keys.PAGE}_many_json",
        )


def _facts(result: BatchResult, given: GivenLabels) -> list[str]:
    parts = [_("{count} texts").format(count=f"{len(result.rows):,}")]
    read = len(result.rows) - result.passed_over
    if result.meaning is not Meaning.NUMBER and read:
        counts = Counter(i for row in result.rows for i in given.of(row.probs))
        parts += [
            f"{result.labels[i]}: {count:,} ({percent(count / read)})"
            for i, count in counts.most_common(_COUNTED)
        ]
    if result.passed_over:
        parts.append(_("empty: {count}").format(count=f"{result.passed_over:,}"))
    if result.cut:
        parts.append(_("only their beginning was read: {count}").format(count=f"{result.cut:,}"))
    return parts


def _shown(result: BatchResult) -> list[int]:
    """The labels that have a column: all in the checkpoint's order, or the most frequent first."""
    if len(result.labels) <= LABELS_SHOWN:
        return list(range(len(result.labels)))
    best = Counter(row.best for row in result.rows if row.best is not None)
    ordered = sorted(range(len(result.labels)), key=lambda i: (-best[i], i))
    return ordered[:LABELS_SHOWN]


def labels_table(
    asked: Given, result: BatchResult, given: GivenLabels, shown: list[int]
) -> pd.DataFrame:
    """One row a text; `label_N` is the probability of label N, or of a regression its score.

    best: the highest probability, which is that of the label where one excludes the others.
    """
    rows = []
    for number, row in zip(asked.numbers, result.rows, strict=True):
        values = row.probs or row.scores
        rows.append(
            {
                "line": number,
                "text": row.text,
                "given": _names(row, result, given),
                "best": max(row.probs, default=None),
                **{f"label_{i}": values[i] if values else None for i in shown},
                "note": _note(row),
            }
        )
    return pd.DataFrame(rows)


def _names(row: BatchRow, result: BatchResult, given: GivenLabels) -> str:
    return ", ".join(result.labels[i] for i in given.of(row.probs))


def _note(row: BatchRow) -> str:
    if not row.scores:
        return _("empty")
    return _("only its beginning was read") if row.is_cut else ""


def export_rows(asked: Given, result: BatchResult, given: GivenLabels) -> list[Row]:
    """One row a text with all its numbers, and what else its row of an uploaded table holds.

    The columns `prob LABEL (id)` and `score LABEL (id)` are the model's own, in its order.
    """
    rows: list[Row] = []
    for number, row in zip(asked.numbers, result.rows, strict=True):
        found: dict[str, str | int | float | bool | None] = {
            "line": number,
            "text": row.text,
            "label": _names(row, result, given),
            "is_cut": row.is_cut,
        }
        for i, name in enumerate(result.labels):
            if result.meaning is not Meaning.NUMBER:
                found[f"prob {name} ({i})"] = row.probs[i] if row.probs else None
            found[f"score {name} ({i})"] = row.scores[i] if row.scores else None
        rows.append(found)
    return with_columns(rows, asked)
