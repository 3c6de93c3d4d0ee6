"""Which token may look at which, in a causal model, a prefix LM and an encoder-decoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from components.colours import Theme
from components.figures.curves import LINES
from components.figures.horizontal_bars import COLOURS, plain

HEIGHT_PX = 330
FONT_PX = 12

LABELS: Mapping[str, str] = {
    "causal": "causal",
    "prefix": "prefix LM",
    "encoder_decoder": "encoder-decoder",
    "reads": "looked at",
    "hover_none": "{row} does not see {column}",
    "hover_stack": "{row} sees {column}: the one stack",
    "hover_encoder": "{row} sees {column}: the encoder",
    "hover_cross": "{row} sees {column}: cross-attention",
    "hover_decoder": "{row} sees {column}: the decoder",
}
"""The figure's words, in English."""

Mask = npt.NDArray[np.int64]


class Seen(IntEnum):
    """With which weights a token looks at another."""

    NONE = 0
    STACK = 1
    ENCODER = 2
    CROSS = 3
    DECODER = 4


_HOVER = {
    Seen.NONE: "hover_none",
    Seen.STACK: "hover_stack",
    Seen.ENCODER: "hover_encoder",
    Seen.CROSS: "hover_cross",
    Seen.DECODER: "hover_decoder",
}


def causal_mask(source: int, target: int) -> Mask:
    """(N, N), N tokens in all: each sees itself and those before it."""
    return np.tril(np.full((source + target,) * 2, int(Seen.STACK)))


def prefix_mask(source: int, target: int) -> Mask:
    """(N, N): the source sees all of itself, in the same stack."""
    mask = causal_mask(source, target)
    mask[:source, :source] = Seen.STACK
    return mask


def encoder_decoder_mask(source: int, target: int) -> Mask:
    """(N, N): the same tokens are seen, by three sets of weights."""
    mask = np.zeros((source + target,) * 2, dtype=np.int64)
    mask[:source, :source] = Seen.ENCODER
    mask[source:, :source] = Seen.CROSS
    mask[source:, source:] = np.tril(np.full((target, target), int(Seen.DECODER)))
    return mask


def attention_masks(
    source: Sequence[str],
    target: Sequence[str],
    *,
    theme: Theme,
    labels: Mapping[str, str] = LABELS,
) -> go.Figure:
    """Three tables, rows look at columns. Source: Raffel et al. 2020, section 3.2, figure 4."""
    masks = {
        "causal": causal_mask(len(source), len(target)),
        "prefix": prefix_mask(len(source), len(target)),
        "encoder_decoder": encoder_decoder_mask(len(source), len(target)),
    }
    words = [plain(word) for word in (*source, *target)]
    figure = make_subplots(
        rows=1,
        cols=3,
        subplot_titles=[labels[name] for name in masks],
        horizontal_spacing=0.04,
        shared_yaxes=True,
    )
    places = list(range(len(words)))
    for column, mask in enumerate(masks.values(), start=1):
        figure.add_trace(_cells(mask, words, theme, labels), row=1, col=column)
        figure.update_xaxes(
            tickvals=places, ticktext=words, tickangle=-90, side="bottom", row=1, col=column
        )
    figure.update_yaxes(autorange="reversed", tickvals=places, ticktext=words)
    figure.update_xaxes(showgrid=False, zeroline=False)
    figure.update_yaxes(showgrid=False, zeroline=False)
    ink = COLOURS[theme].ink
    figure.update_layout(
        template={},
        height=HEIGHT_PX,
        margin={"l": 8, "r": 8, "t": 30, "b": 8},
        font={"size": FONT_PX, "color": ink},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        dragmode=False,
    )
    figure.update_annotations(font={"size": FONT_PX + 1, "color": ink})
    return figure


def _cells(mask: Mask, words: Sequence[str], theme: Theme, labels: Mapping[str, str]) -> go.Heatmap:
    hover = [
        [
            labels[_HOVER[Seen(int(value))]].format(row=row, column=column)
            for column, value in zip(words, values, strict=True)
        ]
        for row, values in zip(words, mask, strict=True)
    ]
    kinds = len(Seen)
    colours = ["rgba(128,128,128,0.12)", *LINES[theme][: kinds - 1]]
    steps = [
        (edge, colour)
        for kind, colour in enumerate(colours)
        for edge in (kind / kinds, (kind + 1) / kinds)
    ]
    return go.Heatmap(
        z=mask,
        zmin=-0.5,
        zmax=kinds - 0.5,
        colorscale=steps,
        showscale=False,
        xgap=2,
        ygap=2,
        hovertext=hover,
        hoverinfo="text",
    )
