"""Several runs beside each other: curves, settings that differ, metrics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from components import resources
from components.error_box import show_error
from components.figures.curves import Curve, curves
from components.i18n import _
from components.runs import address, axes, keys, words
from components.runs.going import POINTS_MAX, smooth_loss
from components.theme import current_theme
from loupe.engine.tables import to_csv
from loupe.errors import LoupeError
from loupe.runs.compare import (
    LOSS,
    MetricRow,
    SettingRow,
    is_of_one_class,
    metric_rows,
    metrics_after,
    metrics_before,
    settings_diff,
)
from loupe.runs.progress import Progress
from loupe.runs.smoothing import thinned
from loupe.runs.summary import RunSummary
from loupe.training.spec import RunSpec

_NO_BAR = {"displayModeBar": False}
_HEIGHT_PX = 320


@dataclass(frozen=True, slots=True)
class Side:
    """One of the runs. kind: its colour and dash, the same in every figure."""

    id: str
    spec: RunSpec
    progress: Progress
    final: Mapping[str, float]
    kind: int


def draw_comparison(runs: Sequence[RunSummary], asked: Sequence[str]) -> None:
    """asked: the runs in the address. What is chosen here goes there."""
    st.button(
        _("Back to one run"),
        key=f"{keys.PAGE}_back",
        icon=":material/arrow_back:",
        on_click=_back,
        args=(asked[0] if asked else runs[0].id,),
    )
    st.session_state[keys.CHOICE] = list(asked)
    st.multiselect(
        _("Runs to compare"),
        [run.id for run in runs],
        key=keys.CHOICE,
        max_selections=address.COMPARED_MAX,
        on_change=_chosen,
        placeholder=_("Choose two to six"),
    )
    sides = _read(asked)
    if len(sides) < 2:
        st.text(_("Choose at least two runs."))
        return
    _draw_curves(sides)
    _draw_metrics(sides)
    _draw_settings(sides)


def _back(run_id: str) -> None:
    address.show_run(run_id)


def _chosen() -> None:
    address.compare(st.session_state[keys.CHOICE])


def _read(asked: Sequence[str]) -> list[Side]:
    sides: list[Side] = []
    for run_id in asked:
        try:
            folder = resources.runs().folder(run_id)
            finished = folder.read_finished() or {}
            sides.append(
                Side(
                    run_id,
                    RunSpec.read(folder.spec),
                    resources.run_progress(run_id),
                    dict(finished.get("metrics") or {}),
                    len(sides),
                )
            )
        except LoupeError as error:
            show_error(error, key=f"{keys.PAGE}_{run_id}")
    return sides


def _draw_curves(sides: Sequence[Side]) -> None:
    view = axes.ask_view()
    lines = []
    for side in sides:
        points, smooth = smooth_loss(side.progress.losses, view.smoothing)
        raw = [point.loss_nats for point in points]
        x = axes.of_losses(points, view.axis)
        lines.append(Curve(side.id, x, smooth, raw=raw, kind=side.kind))
    _draw(lines, _("training loss, nats"), view, "loss")
    names = list(
        dict.fromkeys(
            name for side in sides for point in side.progress.evaluations for name in point.metrics
        )
    )
    if not names:
        return
    shared = [name for name in names if not is_of_one_class(name)] or names
    name = st.selectbox(
        _("Metric of the held-out rows"),
        shared,
        index=next((i for i, one in enumerate(shared) if one != LOSS), 0),
        key=f"{keys.METRICS}_compared",
        persist_state="session",
    )
    _draw([_metric_curve(side, name, view) for side in sides], name, view, "metric")


def _metric_curve(side: Side, name: str, view: axes.View) -> Curve:
    points = [point for point in side.progress.evaluations if name in point.metrics]
    points = thinned(points, POINTS_MAX)
    return Curve(
        side.id,
        axes.of_evaluations(points, view.axis),
        [point.metrics[name] for point in points],
        kind=side.kind,
    )


def _draw(lines: Sequence[Curve], title: str, view: axes.View, name: str) -> None:
    figure = curves(
        lines,
        x_title=_(axes.AXES[view.axis]),
        y_title=title,
        theme=current_theme(),
        log_x=view.log_x,
        height_px=_HEIGHT_PX,
        view=f"{view.axis} {view.log_x}",
    )
    st.plotly_chart(figure, key=f"{keys.PAGE}_compared_{name}", config=_NO_BAR, alt=title)


def _draw_metrics(sides: Sequence[Side]) -> None:
    rows = metric_rows(
        [metrics_before(side.progress) for side in sides],
        [metrics_after(side.progress, side.final) for side in sides],
    )
    if not rows:
        st.text(_("None of them has held-out rows, so none was measured."))
        return
    st.subheader(_("What did each give?"))
    names = [side.id for side in sides]
    st.dataframe(
        metrics_table(rows),
        hide_index=True,
        key=f"{keys.PAGE}_compared_metrics",
        column_config={"metric": _("metric"), **_columns(names)},
    )
    st.caption(
        _(
            "On each run’s own held-out rows, before training → at its best checkpoint; ★ is the "
            "best. Where the held-out rows differ, so do the questions."
        )
    )
    _download(metrics_csv(rows, names), "metrics", _("Metrics (CSV)"))


def _columns(names: Sequence[str]) -> dict[str, str]:
    """A run may be called as another column is: only what is shown is its name."""
    return {f"run_{i}": name for i, name in enumerate(names)}


def metrics_table(rows: Sequence[MetricRow]) -> pd.DataFrame:
    """One row a metric, one column a run."""
    return pd.DataFrame(
        [
            {
                "metric": row.name,
                **{
                    f"run_{i}": _cell(before, after, best=row.best == i)
                    for i, (before, after) in enumerate(zip(row.before, row.after, strict=True))
                },
            }
            for row in rows
        ]
    )


def _cell(before: float | None, after: float | None, *, best: bool) -> str:
    if before is None and after is None:
        return words.NONE
    said = words.number(after)
    if before is not None:
        said = f"{words.number(before)} → {said}"
    return f"{said} ★" if best else said


def metrics_csv(rows: Sequence[MetricRow], names: Sequence[str]) -> str:
    """All numbers as they are, one line a metric and a run."""
    return to_csv(
        [
            {"metric": row.name, "run": name, "before": row.before[i], "after": row.after[i]}
            for row in rows
            for i, name in enumerate(names)
        ]
    )


def _draw_settings(sides: Sequence[Side]) -> None:
    rows = settings_diff([side.spec for side in sides])
    st.subheader(_("In what do they differ?"))
    if not rows:
        st.text(_("In nothing: all their settings are the same."))
        return
    names = [side.id for side in sides]
    st.dataframe(
        settings_table(rows),
        hide_index=True,
        key=f"{keys.PAGE}_compared_settings",
        column_config={"setting": _("setting"), **_columns(names)},
    )
    table = [
        {"setting": row.field, "run": name, "value": value}
        for row in rows
        for name, value in zip(names, row.values, strict=True)
    ]
    _download(to_csv(table), "settings", _("Settings (CSV)"))


def settings_table(rows: Sequence[SettingRow]) -> pd.DataFrame:
    """One row a setting in which they differ, one column a run."""
    return pd.DataFrame(
        [
            {
                "setting": row.field,
                **{
                    f"run_{i}": words.NONE if value is None else value
                    for i, value in enumerate(row.values)
                },
            }
            for row in rows
        ]
    )


def _download(text: str, name: str, label: str) -> None:
    st.download_button(
        label,
        # A byte-order mark, so that spreadsheets read Chinese and accents right.
        text.encode("utf-8-sig"),
        file_name=f"runs-{name}.csv",
        mime="text/csv",
        key=f"{keys.PAGE}_{name}_csv",
        on_click="ignore",
        icon=":material/table:",
    )
