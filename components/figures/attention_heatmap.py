"""How much each part of an output looked at each part of its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from components.colours import INK, Scale, Theme, plotly_colourscale
from components.figures.horizontal_bars import COLOURS, plain
from components.numbers import LABELS as NUMBER_LABELS
from components.numbers import percent

ROW_PX = 26
FONT_PX = 13
# Every word of a longer axis would lie upon the next.
NAMES_MAX = 40
NAME_CHARACTERS = 16
# Up to so many columns each cell has room for its number, on a narrow screen too.
NUMBERED_COLUMNS = 8
# More are no longer looked at, and each costs the browser time.
MAX_CELLS = 40_000
# What a phone leaves for the columns.
NARROW_PX = 290
_BELOW_PX = 44
_LETTER_PX = 8

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
    assert len(weights) == len(target)
    assert all(len(row) == len(source) for row in weights)
    largest = max((value for row in weights for value in row), default=0.0) or 1.0
    colours = COLOURS[theme]
    font = {"size": FONT_PX, "color": colours.ink}
    numbered = len(source) <= NUMBERED_COLUMNS
    cells = go.Heatmap(
        z=[list(row) for row in weights],
        zmin=0.0,
        zmax=largest,
        colorscale=plotly_colourscale(Scale.PROBABILITY, theme),
        xgap=1,
        ygap=1,
        hovertext=_hover(weights, source, target, labels),
        hoverinfo="text",
        text=[[f"{100 * value:.0f}" for value in row] for row in weights] if numbered else None,
        texttemplate="%{text}" if numbered else None,
        textfont={"size": FONT_PX - 1, "color": INK[theme]},
        colorbar={
            "orientation": "h",
            "thickness": 10,
            "len": 0.5,
            "x": 0,
            "xanchor": "left",
            "y": 0,
            "yanchor": "top",
            "ypad": 12,
            "outlinewidth": 0,
            "tickvals": [0.0, largest],
            "ticktext": [labels["percent"].format(value=0), percent(largest, labels)],
            "tickfont": font,
            "title": {"text": labels["scale"], "side": "bottom", "font": font},
        },
    )
    letters = [min(len(name), NAME_CHARACTERS) for name in source]
    # Upright names all have room; level ones are easier to read, where they fit a narrow screen.
    level = _LETTER_PX * max(letters, default=0) * len(source) <= NARROW_PX
    above = ROW_PX if level else _LETTER_PX * max(letters, default=0)
    return go.Figure(
        data=cells,
        layout={
            "template": {},
            "height": ROW_PX * len(target) + above + 2 * _BELOW_PX,
            "margin": {"l": 0, "r": 0, "t": 8, "b": _BELOW_PX},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": {**_axis(source, font), "side": "top", "tickangle": 0 if level else -90},
            "yaxis": {**_axis(target, font), "autorange": "reversed"},
        },
    )


def _axis(names: Sequence[str], font: Mapping[str, object]) -> dict[str, object]:
    step = 1 + (len(names) - 1) // NAMES_MAX
    places = list(range(0, len(names), step))
    return {
        "tickmode": "array",
        "tickvals": places,
        "ticktext": [_short(names[i]) for i in places],
        "tickfont": dict(font),
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
    }


def _short(name: str) -> str:
    one_line = " ".join(name.split()) or name
    if len(one_line) > NAME_CHARACTERS:
        one_line = one_line[: NAME_CHARACTERS - 1] + "…"
    return plain(one_line)


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
