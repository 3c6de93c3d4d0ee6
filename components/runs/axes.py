"""Over what curves are drawn, and how smooth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from components.i18n import _
from components.runs import keys
from loupe.runs.progress import EvaluationPoint, LossPoint

AXES: Mapping[str, str] = {"step": "step", "tokens": "tokens", "minutes": "minutes"}
"""What the axis is called, in English. Minutes are of training, without what lay between."""
SMOOTHING = 0.6
SMOOTHING_MAX = 0.98


@dataclass(frozen=True, slots=True)
class View:
    """axis: an id of AXES. smoothing: the weight of the past, 0 to below 1."""

    axis: str
    log_x: bool
    smoothing: float


def ask_view() -> View:
    """Draw the three controls; what they say."""
    st.session_state.setdefault(keys.AXIS, "step")
    st.session_state.setdefault(keys.SMOOTHING, SMOOTHING)
    axis, log_x, smoothing = st.columns([2.4, 1.3, 2], vertical_alignment="bottom")
    with axis:
        chosen = st.segmented_control(
            _("Over"),
            list(AXES),
            key=keys.AXIS,
            required=True,
            format_func=lambda name: _(AXES[name]),
            persist_state="session",
        )
    with log_x:
        is_log = st.toggle(_("Logarithmic"), key=keys.LOG_X, persist_state="session")
    with smoothing:
        weight = st.slider(
            _("Smoothing"),
            0.0,
            SMOOTHING_MAX,
            step=0.02,
            key=keys.SMOOTHING,
            help=_(
                "How much of the past goes into each point of the strong line; the faint one is "
                "the raw loss."
            ),
            persist_state="session",
        )
    return View(chosen or "step", bool(is_log), float(weight))


def of_losses(points: Sequence[LossPoint], axis: str) -> list[float]:
    """Where the points stand on the axis."""
    if axis == "tokens":
        return [float(point.tokens or 0) for point in points]
    if axis == "minutes":
        return [point.elapsed_s / 60 for point in points]
    return [float(point.step) for point in points]


def of_evaluations(points: Sequence[EvaluationPoint], axis: str) -> list[float]:
    """Likewise."""
    if axis == "tokens":
        return [float(point.tokens) for point in points]
    if axis == "minutes":
        return [point.elapsed_s / 60 for point in points]
    return [float(point.step) for point in points]
