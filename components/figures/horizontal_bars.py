"""Horizontal bars with their numbers beside them: what the figures of probabilities share."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from components.colours import Theme

ROW_PX = 28
FONT_PX = 14
_MARGIN_PX = 8
# What is left free beside the longest bar, in parts of the axis: its text stands there.
TEXT_ROOM = 0.9


@dataclass(frozen=True, slots=True)
class BarColours:
    """CSS colours: bars, the hidden token's, the rest and its hatching, the text, the ranks."""

    bar: str
    hidden: str
    rest: str
    hatch: str
    ink: str
    quiet: str


# The theme's own colours of .streamlit/config.toml, which a figure cannot read.
COLOURS = {
    Theme.LIGHT: BarColours("#5a9fd4", "#c4622d", "#dde3e5", "#b3bdc1", "#1d2528", "#7b878c"),
    Theme.DARK: BarColours("#2f6ea3", "#c9713f", "#2a343a", "#46535a", "#e6ecee", "#8e9ba1"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One bar. name, hover: may hold markup of ours, so foreign text in them went through `plain`.

    value: the bar's length. text: stands at its end. is_cut: hatched, since it is really longer.
    """

    name: str
    value: float
    text: str
    hover: str
    colour: str
    is_cut: bool = False


def horizontal_bars(
    rows: Sequence[Row],
    x_range: tuple[float, float],
    colours: BarColours,
    marks: Sequence[float] = (),
) -> go.Figure:
    """The rows from top to bottom. x_range: of the axis. marks: values with a line across."""
    places = list(range(len(rows)))
    font = {"size": FONT_PX, "color": colours.ink}
    bars = go.Bar(
        x=[row.value for row in rows],
        y=places,
        orientation="h",
        text=[row.text for row in rows],
        textposition="outside",
        textfont=font,
        cliponaxis=False,
        hovertext=[row.hover for row in rows],
        hoverinfo="text",
        marker={
            "color": [row.colour for row in rows],
            "pattern": {
                "shape": ["/" if row.is_cut else "" for row in rows],
                "fgcolor": colours.hatch,
                "fillmode": "overlay",
                "size": 9,
                "solidity": 0.25,
            },
        },
    )
    lines = [
        {
            "type": "line",
            "layer": "below",
            "x0": mark,
            "x1": mark,
            "yref": "paper",
            "y0": 0,
            "y1": 1,
            "line": {"color": colours.hatch, "width": 1, "dash": "dot"},
        }
        for mark in marks
    ]
    # The layout goes in at once: setting it afterwards takes three times as long.
    return go.Figure(
        data=bars,
        layout={
            "template": {},
            "height": ROW_PX * len(rows) + 2 * _MARGIN_PX,
            "margin": {"l": 0, "r": 0, "t": _MARGIN_PX, "b": _MARGIN_PX},
            "bargap": 0.3,
            "showlegend": False,
            "shapes": lines,
            "xaxis": {"visible": False, "range": list(x_range), "fixedrange": True},
            "yaxis": {
                "autorange": "reversed",
                "tickmode": "array",
                "tickvals": places,
                "ticktext": [row.name for row in rows],
                "tickfont": font,
                "automargin": True,
                "showgrid": False,
                "zeroline": False,
                "fixedrange": True,
            },
        },
    )


def ranked_name(rank: int, text: str, colours: BarColours) -> str:
    """A bar's name with its rank before it; `text` is any text."""
    return f'<span style="color:{colours.quiet}">{rank:,}</span>   {plain(text)}'


def plain(text: str) -> str:
    """Plotly reads some HTML in labels: text of people and models is none."""
    return html.escape(text, quote=False)
