"""The tab "How good is it?": metrics, and row by row what the best checkpoint said."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import resources
from components.i18n import _
from components.quality.classes import draw_classes
from components.quality.entities import draw_entities
from components.quality.place import Place
from components.runs import keys, words
from components.runs.quality.texts import draw_texts
from loupe.data.outcomes import Classes, Entities, Labels
from loupe.runs.compare import (
    MetricRow,
    is_of_one_class,
    metric_rows,
    metrics_after,
    metrics_before,
)
from loupe.runs.state import Status
from loupe.runs.summary import RunSummary
from loupe.training.run_folder import RunFolder

_LANGUAGE_MODELS = frozenset({"fill-mask", "text-generation"})


def draw_quality(run: RunSummary) -> None:
    """What is known so far; rows are judged once, at the end."""
    folder = resources.runs().folder(run.id)
    _draw_metrics(run, folder)
    judged = resources.judged(folder.evaluation)
    if judged is None:
        st.text(_why_no_rows(run))
        return
    st.caption(
        _("Of the held-out rows, by the checkpoint of step {step}.").format(step=f"{judged.step:,}")
    )
    outcome = judged.outcome
    place = Place(keys.PAGE, run.id)
    if isinstance(outcome, Classes | Labels):
        draw_classes(place, outcome, decision_file=folder.decision)
    elif isinstance(outcome, Entities):
        draw_entities(place, outcome)
    else:
        draw_texts(run.id, outcome)


def _why_no_rows(run: RunSummary) -> str:
    if run.task in _LANGUAGE_MODELS:
        return _("A language model is judged by its loss: there are no right or wrong rows.")
    if run.status is not Status.FINISHED:
        return _("Which rows it gets right is written down when the run has finished.")
    return _(
        "Which rows it got right was not written down: nothing was held out, or the run is "
        "of an older Loupe."
    )


def _draw_metrics(run: RunSummary, folder: RunFolder) -> None:
    progress = resources.run_progress(run.id)
    final = dict((folder.read_finished() or {}).get("metrics") or {})
    rows = metric_rows([metrics_before(progress)], [metrics_after(progress, final)])
    shown = [row for row in rows if not is_of_one_class(row.name)]
    if not shown:
        st.text(_("No metric yet: nothing is held out, or nothing was evaluated so far."))
        return
    st.dataframe(
        metrics_table(shown),
        hide_index=True,
        key=f"{keys.PAGE}_quality_{run.id}",
        column_config={
            "metric": _("metric"),
            "before": _("before training"),
            "after": _("best checkpoint") if final else _("best checkpoint so far"),
        },
    )


def metrics_table(rows: list[MetricRow]) -> pd.DataFrame:
    """One row a metric of one run."""
    return pd.DataFrame(
        [
            {
                "metric": row.name,
                "before": words.number(row.before[0]),
                "after": words.number(row.after[0]),
            }
            for row in rows
        ]
    )
