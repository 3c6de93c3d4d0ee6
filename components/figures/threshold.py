"""What each threshold would give: precision, recall and F1 of one label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from components.colours import Theme
from components.figures.curves import Curve, Mark, curves

HEIGHT_PX = 300
# More points than this no screen shows, and each costs the browser time.
POINTS_MAX = 1_000

LABELS: Mapping[str, str] = {
    "precision": "precision",
    "recall": "recall",
    "f1": "F1",
    "threshold": "threshold: the label is given from this probability on",
    "share": "share",
    "chosen": "chosen",
}
"""The figure's words, in English."""


def threshold_lines(
    thresholds: Sequence[float],
    precision: Sequence[float | None],
    recall: Sequence[float],
    f1: Sequence[float],
    *,
    chosen: float,
    theme: Theme,
    labels: Mapping[str, str] = LABELS,
) -> go.Figure:
    """The three over the threshold, which rises; an upright line at the chosen one.

    precision: None where the label is given to no row.
    """
    step = -(-len(thresholds) // POINTS_MAX) or 1
    x = list(thresholds[::step])
    figure = curves(
        [
            Curve(labels["precision"], x, list(precision[::step])),
            Curve(labels["recall"], x, list(recall[::step])),
            Curve(labels["f1"], x, list(f1[::step])),
        ],
        x_title=labels["threshold"],
        y_title=labels["share"],
        theme=theme,
        y_range=(0.0, 1.04),
        marks=(Mark(chosen, labels["chosen"]),),
        height_px=HEIGHT_PX,
    )
    figure.update_layout(xaxis_range=[0.0, 1.0])
    return figure
