"""A table of shares as squares, each as dark as its share: what such figures have in common."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from components.colours import INK, Scale, Theme, plotly_colourscale
from components.figures.horizontal_bars import COLOURS, plain
from components.numbers import percent

ROW_PX = 26
FONT_PX = 13
# Every word of a longer axis would lie upon the next.
NAMES_MAX = 40
NAME_CHARACTERS = 16
# Up to so many columns each cell has room for its number, on a narrow screen too.
NUMBERED_COLUMNS = 8
# What a phone leaves for the columns.
NARROW_PX = 290
_BELOW_PX = 44
_LETTER_PX = 8


def heatmap(
    shares: Sequence[Sequence[float]],
    *,
    columns: Sequence[str],
    rows: Sequence[str],
    hover: Sequence[Sequence[str]],
    largest: float,
    title: str,
    theme: Theme,
    labels: Mapping[str, str],
) -> go.Figure:
    """shares: (rows, columns), each 0 to `largest`, where the one scale of probability ends.

    hover: the cells' tooltips, in which foreign text went through `plain`. title: of the scale.
    labels: of components.numbers.
    """
    assert len(shares) == len(rows)
    assert all(len(row) == len(columns) for row in shares)
    font = {"size": FONT_PX, "color": COLOURS[theme].ink}
    numbered = len(columns) <= NUMBERED_COLUMNS
    cells = go.Heatmap(
        z=[list(row) for row in shares],
        zmin=0.0,
        zmax=largest,
        colorscale=plotly_colourscale(Scale.PROBABILITY, theme),
        xgap=1,
        ygap=1,
        hovertext=[list(row) for row in hover],
        hoverinfo="text",
        text=[[f"{100 * value:.0f}" for value in row] for row in shares] if numbered else None,
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
            "title": {"text": title, "side": "bottom", "font": font},
        },
    )
    letters = [min(len(name), NAME_CHARACTERS) for name in columns]
    # Upright names all have room; level ones are easier to read, where they fit a narrow screen.
    level = _LETTER_PX * max(letters, default=0) * len(columns) <= NARROW_PX
    above = ROW_PX if level else _LETTER_PX * max(letters, default=0)
    return go.Figure(
        data=cells,
        layout={
            "template": {},
            "height": ROW_PX * len(rows) + above + 2 * _BELOW_PX,
            "margin": {"l": 0, "r": 0, "t": 8, "b": _BELOW_PX},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "xaxis": {**_axis(columns, font), "side": "top", "tickangle": 0 if level else -90},
            "yaxis": {**_axis(rows, font), "autorange": "reversed"},
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
