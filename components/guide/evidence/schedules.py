"""How the learning rate goes over a run, under three schedules."""

from __future__ import annotations

import streamlit as st

from components.figures.curves import Curve, curves
from components.i18n import _
from components.theme import current_theme
from loupe.training.schedules import rates

STEPS, WARMUP = 200, 20
SCHEDULES = ("linear", "cosine", "constant_with_warmup")


def schedules(key: str) -> None:
    """Draws them, each from its own peak of 1."""
    steps = list(range(STEPS))
    st.plotly_chart(
        curves(
            [Curve(name, steps, rates(name, STEPS, WARMUP)) for name in SCHEDULES],
            x_title=_("step"),
            y_title=_("share of the peak rate"),
            theme=current_theme(),
        ),
        key=key,
        config={"displayModeBar": False},
        alt=_("Lines: the learning rate over the steps under three schedules"),
    )
