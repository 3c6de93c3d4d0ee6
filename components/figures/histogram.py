"""How many rows lie between two numbers: upright bars, each of them a thing to click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from components.figures.horizontal_bars import FONT_PX, BarColours, plain

HEIGHT_PX = 190
# So many numbers fit below the bars on a narrow screen.
TICKS_MAX = 7
# Of a bar that is there, so that one row beside a million is seen.
LEAST_SHARE = 0.015


@dataclass(frozen=True, slots=True)
class HistogramBar:
    """low: the first number of the bar, and `tick` as it is written. hover: any text, in one line.

    after: where the next bar begins.
    """

    low: float
    after: float
    count: int
    tick: str
    hover: str


def histogram(
    bars: Sequence[HistogramBar], *, colours: BarColours, mark: float | None = None, said: str = ""
) -> go.Figure:
    """All bars have one width, whatever their range. mark: a number with a line at it; said: its
    name. Every bar can be pointed at over the whole height: the second trace, which is not seen.
    """
    assert bars
    highest = max(bar.count for bar in bars) or 1
    places = list(range(len(bars)))
    seen = go.Bar(
        x=places,
        y=[max(bar.count, highest * LEAST_SHARE) if bar.count else 0 for bar in bars],
        # Nothing of it is read aloud or hovered: that is the other trace's.
        text=[],
        hovertext=[],
        hoverinfo="skip",
        marker={"color": colours.bar},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
    )
    pointed_at = go.Bar(
        x=places,
        y=[highest if bar.count else 0 for bar in bars],
        width=1,
        hovertext=[plain(bar.hover) for bar in bars],
        hoverinfo="text",
        marker={"color": colours.bar, "opacity": 0.0},
        selected={"marker": {"opacity": 0.15}},
        unselected={"marker": {"opacity": 0}},
    )
    step = -(-len(bars) // TICKS_MAX)
    shown = places[::step]
    font = {"size": FONT_PX - 2, "color": colours.ink}
    shapes, notes = [], []
    if mark is not None:
        x = place_of(bars, mark)
        line = {"color": colours.hidden, "width": 2, "dash": "dot"}
        shapes.append(
            {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line}
        )
        notes.append(
            {
                "x": x,
                "y": 1,
                "yref": "paper",
                "yanchor": "bottom",
                "xanchor": "right" if x > len(bars) / 2 else "left",
                "text": plain(said),
                "showarrow": False,
                "font": {"size": FONT_PX - 2, "color": colours.hidden},
            }
        )
    return go.Figure(
        data=[seen, pointed_at],
        layout={
            "template": {},
            "height": HEIGHT_PX,
            "margin": {"l": 8, "r": 8, "t": 22 if notes else 8, "b": 24},
            "barmode": "overlay",
            "bargap": 0.08,
            "showlegend": False,
            "dragmode": False,
            "hoverlabel": {"align": "left"},
            "shapes": shapes,
            "annotations": notes,
            "xaxis": {
                "range": [-0.5, len(bars) - 0.5],
                "tickmode": "array",
                "tickvals": [place - 0.5 for place in shown],
                "ticktext": [bars[place].tick for place in shown],
                "tickfont": font,
                "tickangle": 0,
                "ticks": "outside",
                "ticklen": 3,
                "tickcolor": colours.hatch,
                "showgrid": False,
                "zeroline": False,
                "fixedrange": True,
            },
            "yaxis": {
                "range": [0, highest * 1.02],
                "tickmode": "array",
                "tickvals": [],
                "ticktext": [],
                "showgrid": False,
                "zeroline": False,
                "fixedrange": True,
            },
        },
    )


def place_of(bars: Sequence[HistogramBar], number: float) -> float:
    """Where a number stands on the axis, whose bar i reaches from i - 0.5 to i + 0.5."""
    for i, bar in enumerate(bars):
        if number < bar.low:
            return i - 0.5
        if number < bar.after:
            return i - 0.5 + (number - bar.low) / (bar.after - bar.low)
    return len(bars) - 0.5
