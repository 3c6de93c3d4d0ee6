"""The tab "How is it going?": the curves of one run, drawn anew while it trains."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components import resources
from components.figures.curves import HEIGHT_PX, Curve, curves
from components.figures.machine_lines import LABELS as MACHINE_LABELS
from components.figures.machine_lines import load_lines, memory_lines
from components.i18n import _
from components.runs import axes, keys, words
from components.theme import current_theme
from loupe.runs.compare import LOSS, is_of_one_class
from loupe.runs.progress import LossPoint, Progress
from loupe.runs.smoothing import smoothed, thinned
from loupe.runs.state import Status
from loupe.runs.summary import RunSummary

# A chart with other points is mounted anew in the browser: not more often than one looks.
TICK_S = 3.0
# More points than this no screen shows.
POINTS_MAX = 1_500
_SMALL_PX = 190
_NO_BAR = {"displayModeBar": False}


def draw_going(run: RunSummary) -> None:
    """All curves; while the run trains, every few seconds."""

    @st.fragment(
        run_every=TICK_S if run.status is Status.RUNNING else None,
        key=f"{keys.PAGE}_going_{run.id}",
    )
    def live() -> None:
        progress = resources.run_progress(run.id)
        if not progress.losses and not progress.evaluations:
            st.text(_("There is no point of a curve yet."))
        else:
            view = axes.ask_view()
            _draw_loss(progress, view, run.id)
            _draw_metrics(progress, view, run)
            _draw_small(progress, view, run.id)
        _draw_machine(progress, run.id)
        _draw_facts(progress)

    live()


def _draw_loss(progress: Progress, view: axes.View, run_id: str) -> None:
    """Training, raw and smoothed; and of the rows that are held out."""
    lines = []
    if progress.losses:
        points, smooth = smooth_loss(progress.losses, view.smoothing)
        raw = [point.loss_nats for point in points]
        lines.append(Curve(_("training loss"), axes.of_losses(points, view.axis), smooth, raw=raw))
    held_out = [point for point in progress.evaluations if LOSS in point.metrics]
    if held_out:
        lines.append(
            Curve(
                _("held-out loss"),
                axes.of_evaluations(held_out, view.axis),
                [point.metrics[LOSS] for point in held_out],
            )
        )
    _draw(lines, _("loss, nats"), view, f"loss_{run_id}", _("Curves of the loss"))


def smooth_loss(
    losses: Sequence[LossPoint], weight: float
) -> tuple[list[LossPoint], list[float | None]]:
    """As many points as a screen shows, and their smoothed losses, which all points went into."""
    smooth = smoothed([point.loss_nats for point in losses], weight)
    kept = thinned(list(zip(losses, smooth, strict=True)), POINTS_MAX)
    return [point for point, _value in kept], [value for _point, value in kept]


def _draw_metrics(progress: Progress, view: axes.View, run: RunSummary) -> None:
    names = list(dict.fromkeys(name for e in progress.evaluations for name in e.metrics))
    names = [name for name in names if name != LOSS]
    if not names:
        return
    usual = [name for name in names if not is_of_one_class(name)] or names
    best = progress.ready.best_metric if progress.ready else None
    default = [best] if best in names else usual[:1]
    chosen = st.multiselect(
        _("Metrics of the held-out rows"),
        [*usual, *(name for name in names if name not in usual)],
        default=default,
        key=f"{keys.METRICS}_{run.id}",
        persist_state="session",
    )
    lines = []
    for name in chosen:
        points = [point for point in progress.evaluations if name in point.metrics]
        lines.append(
            Curve(
                name,
                axes.of_evaluations(points, view.axis),
                [point.metrics[name] for point in points],
            )
        )
    title = chosen[0] if len(chosen) == 1 else _("metric")
    _draw(lines, title, view, f"metrics_{run.id}", _("Curves of metrics"))


def _draw_small(progress: Progress, view: axes.View, run_id: str) -> None:
    points = thinned(progress.losses, POINTS_MAX)
    if not points:
        return
    x = axes.of_losses(points, view.axis)
    shown = (
        ("learning_rate", _("learning rate"), [point.learning_rate for point in points]),
        ("grad_norm", _("gradient norm"), [point.grad_norm for point in points]),
        ("speed", _("tokens a second"), [point.tokens_per_s for point in points]),
    )
    for column, (name, title, y) in zip(st.columns(len(shown)), shown, strict=True):
        with column:
            line = Curve(title, x, y)
            _draw([line], title, view, f"{name}_{run_id}", title, height_px=_SMALL_PX)


def _draw(
    lines: Sequence[Curve],
    title: str,
    view: axes.View,
    name: str,
    alt: str,
    height_px: int = HEIGHT_PX,
) -> None:
    if not lines:
        return
    figure = curves(
        lines,
        x_title=_(axes.AXES[view.axis]),
        y_title=title,
        theme=current_theme(),
        log_x=view.log_x,
        view=f"{view.axis} {view.log_x}",
        height_px=height_px,
    )
    st.plotly_chart(figure, key=f"{keys.PAGE}_figure_{name}", config=_NO_BAR, alt=alt)


def _draw_machine(progress: Progress, run_id: str) -> None:
    points = thinned(progress.machine, POINTS_MAX)
    if len(points) < 2 or progress.began_s is None:
        return
    labels = {name: _(text) for name, text in MACHINE_LABELS.items()}
    theme = current_theme()
    memory, load = st.columns(2)
    with memory:
        st.plotly_chart(
            memory_lines(points, progress.began_s, theme=theme, labels=labels),
            key=f"{keys.PAGE}_memory_{run_id}",
            config=_NO_BAR,
            alt=_("Curves of memory"),
        )
    with load:
        st.plotly_chart(
            load_lines(points, progress.began_s, theme=theme, labels=labels),
            key=f"{keys.PAGE}_load_{run_id}",
            config=_NO_BAR,
            alt=_("Curves of load"),
        )


def _draw_facts(progress: Progress) -> None:
    """What was known when training began."""
    ready = progress.ready
    if ready is None:
        return
    facts = [
        _("on {device}, {dtype}").format(
            device=ready.device, dtype="bfloat16 autocast" if ready.bf16 else "float32"
        ),
        _("{trained} of {all} parameters trained").format(
            trained=f"{ready.trainable_parameters:,}", all=f"{ready.parameters:,}"
        ),
        _("{train} rows to train on, {held_out} held out").format(
            train=f"{ready.train_rows:,}", held_out=f"{ready.validation_rows:,}"
        ),
    ]
    if progress.elapsed_s:
        facts.append(_("{time} of training").format(time=words.clock(progress.elapsed_s)))
    st.text(" · ".join(facts))
    if progress.resumed:
        st.text(
            _("It went on from step {steps}.").format(
                steps=", ".join(f"{step:,}" for step in progress.resumed)
            )
        )
