"""What was taken for what: counts of true and predicted classes, each cell a thing to click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from components.colours import INK, Scale, Theme, plotly_colourscale
from components.figures.horizontal_bars import COLOURS, plain
from components.numbers import LABELS as NUMBER_LABELS
from components.numbers import percent

FONT_PX = 12
NAME_CHARACTERS = 18
# Up to so many classes each cell has room for its count, on a narrow screen too.
NUMBERED_CLASSES = 10
# More names than this would lie upon each other.
NAMES_MAX = 40
_ROW_PX = (44, 9)  # of few classes, of many
_MANY = 60
_LETTER_PX = 7
# How far from its middle a cell can be clicked.
_REACH_PX = 60

LABELS: Mapping[str, str] = {
    **NUMBER_LABELS,
    "truth": "truth",
    "predicted": "predicted",
    "hover": "truth {truth}<br>predicted {predicted}<br>{count} rows, {share} of this truth",
}
"""The figure's words, in English."""


def confusion(
    counts: Sequence[Sequence[int]],
    *,
    names: Sequence[str],
    theme: Theme,
    labels: Mapping[str, str] = LABELS,
) -> go.Figure:
    """counts: (truth, predicted), from top to bottom and left to right in the order of `names`.

    The colour is the share of the row, so that rare classes are seen as well as frequent ones.
    Cells with rows can be pointed at: the second trace, which is not seen; see `cells`.
    """
    assert len(counts) == len(names)
    assert all(len(row) == len(names) for row in counts)
    sums = [sum(row) for row in counts]
    shares = [
        [count / total if total else 0.0 for count in row]
        for row, total in zip(counts, sums, strict=True)
    ]
    colours = COLOURS[theme]
    font = {"size": FONT_PX, "color": colours.ink}
    numbered = len(names) <= NUMBERED_CLASSES
    squares = go.Heatmap(
        z=shares,
        zmin=0.0,
        zmax=1.0,
        colorscale=plotly_colourscale(Scale.PROBABILITY, theme),
        showscale=False,
        xgap=1 if len(names) <= NAMES_MAX else 0,
        ygap=1 if len(names) <= NAMES_MAX else 0,
        hoverinfo="skip",
        text=[[f"{count:,}" if count else "" for count in row] for row in counts]
        if numbered
        else None,
        texttemplate="%{text}" if numbered else None,
        textfont={"size": FONT_PX + 1, "color": INK[theme]},
    )
    places = cells(counts)
    pointed_at = go.Scatter(
        x=[predicted for _truth, predicted in places],
        y=[truth for truth, _predicted in places],
        mode="markers",
        marker={"size": 22 if numbered else 7, "symbol": "square", "color": colours.ink},
        opacity=0.0,
        selected={"marker": {"opacity": 0.0}},
        unselected={"marker": {"opacity": 0.0}},
        hovertext=[
            labels["hover"].format(
                truth=plain(names[truth]),
                predicted=plain(names[predicted]),
                count=f"{counts[truth][predicted]:,}",
                share=percent(shares[truth][predicted], labels),
            )
            for truth, predicted in places
        ],
        hoverinfo="text",
        showlegend=False,
    )
    row_px = _ROW_PX[0] if numbered else max(_ROW_PX[1], round(760 / max(len(names), _MANY / 2)))
    longest = max((min(len(name), NAME_CHARACTERS) for name in names), default=0)
    return go.Figure(
        data=[squares, pointed_at],
        layout={
            "template": {},
            "height": row_px * len(names) + _LETTER_PX * longest + 90,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "dragmode": False,
            "hoverdistance": _REACH_PX,
            "hovermode": "closest",
            "hoverlabel": {"align": "left"},
            "xaxis": {
                **_axis(names, font, labels["predicted"]),
                "side": "top",
                "tickangle": -90 if longest * len(names) > 30 else 0,
                "range": [-0.5, len(names) - 0.5],
            },
            "yaxis": {
                **_axis(names, font, labels["truth"]),
                "range": [len(names) - 0.5, -0.5],
            },
        },
    )


def cells(counts: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """(truth, predicted) of the cells that have rows, in the order in which they can be clicked."""
    return [
        (truth, predicted)
        for truth, row in enumerate(counts)
        for predicted, count in enumerate(row)
        if count
    ]


def _axis(names: Sequence[str], font: Mapping[str, object], title: str) -> dict[str, object]:
    step = 1 + (len(names) - 1) // NAMES_MAX
    places = list(range(0, len(names), step))
    return {
        "title": {"text": title, "font": dict(font), "standoff": 6},
        "tickmode": "array",
        "tickvals": places,
        "ticktext": [_short(names[i]) for i in places],
        "tickfont": {**font, "size": FONT_PX - 1},
        "automargin": True,
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "ticks": "",
    }


def _short(name: str) -> str:
    line = " ".join(name.split()) or name
    return plain(line if len(line) <= NAME_CHARACTERS else line[: NAME_CHARACTERS - 1] + "…")
