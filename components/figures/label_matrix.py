"""What a tagger says of each token: every label's probability."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from components.colours import Theme
from components.figures.heatmap import heatmap
from components.figures.horizontal_bars import plain
from components.numbers import LABELS as NUMBER_LABELS
from components.numbers import percent

LABELS: Mapping[str, str] = {
    **NUMBER_LABELS,
    "hover": "{token}<br>{label}<br>probability {value}",
    "scale": "probability (model)",
}
"""The figure's words, in English."""


def label_matrix(
    probs: Sequence[Sequence[float]],
    *,
    tokens: Sequence[str],
    names: Sequence[str],
    theme: Theme,
    labels: Mapping[str, str] = LABELS,
) -> go.Figure:
    """probs: (tokens, labels), each 0 to 1; a row sums to 1. names: of the labels, left to right.

    The scale goes to 1 whatever the values, so that two parts of a text look alike where they are.
    """
    hover = [
        [
            labels["hover"].format(
                token=plain(token), label=plain(name), value=percent(value, labels)
            )
            for name, value in zip(names, row, strict=True)
        ]
        for token, row in zip(tokens, probs, strict=True)
    ]
    return heatmap(
        probs,
        columns=names,
        rows=tokens,
        hover=hover,
        largest=1.0,
        title=labels["scale"],
        theme=theme,
        labels=labels,
    )
