"""How much each part of an output looked at each part of its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from components.colours import Theme
from components.figures.heatmap import heatmap
from components.figures.horizontal_bars import plain
from components.numbers import LABELS as NUMBER_LABELS
from components.numbers import percent

# More are no longer looked at, and each costs the browser time.
MAX_CELLS = 40_000

LABELS: Mapping[str, str] = {
    **NUMBER_LABELS,
    "hover": "written {target}<br>looked at {source}<br>attention {value}",
    "scale": "attention",
}
"""The figure's words, in English."""


def attention_heatmap(
    weights: Sequence[Sequence[float]],
    *,
    source: Sequence[str],
    target: Sequence[str],
    theme: Theme,
    labels: Mapping[str, str] = LABELS,
) -> go.Figure:
    """weights: (target, source), each 0 to 1. Rows from top to bottom as they were written.

    The scale goes from 0 to the largest weight, which it names: a mean over many heads would be
    pale on one that goes to 1.
    """
    return heatmap(
        weights,
        columns=source,
        rows=target,
        hover=_hover(weights, source, target, labels),
        largest=max((value for row in weights for value in row), default=0.0) or 1.0,
        title=labels["scale"],
        theme=theme,
        labels=labels,
    )


def _hover(
    weights: Sequence[Sequence[float]],
    source: Sequence[str],
    target: Sequence[str],
    labels: Mapping[str, str],
) -> list[list[str]]:
    return [
        [
            labels["hover"].format(
                target=plain(written), source=plain(read), value=percent(value, labels)
            )
            for read, value in zip(source, row, strict=True)
        ]
        for written, row in zip(target, weights, strict=True)
    ]
