"""Lines over steps, tokens or time: training curves, and what a machine did meanwhile."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from components.colours import Theme
from components.figures.horizontal_bars import COLOURS, plain

HEIGHT_PX = 260
FONT_PX = 12
NAME_CHARACTERS = 32
# Chart colours of .streamlit/config.toml, which a figure cannot read.
LINES = {
    Theme.LIGHT: ("#0b6a75", "#c4622d", "#5b5ea6", "#7a8b24", "#a2386a", "#5f6b70"),
    Theme.DARK: ("#4fb6c2", "#e58f5e", "#9a9de0", "#b5c55c", "#dd7fae", "#9aa7ac"),
}
# Beside the colour, for eyes that see none.
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
RAW_OPACITY = 0.3
# With fewer points each is marked: two points alone are no curve to be seen.
MARKED_POINTS = 30


@dataclass(frozen=True, slots=True)
class Curve:
    """One line. name: any text. y: None is a gap. raw: drawn faint behind it, over the same x.

    kind: picks colour and dash; None is the curve's place among the others.
    """

    name: str
    x: Sequence[float]
    y: Sequence[float | None]
    raw: Sequence[float | None] | None = None
    kind: int | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """An upright line at x. name: any text, written at its foot."""

    x: float
    name: str


def curves(
    lines: Sequence[Curve],
    *,
    x_title: str,
    y_title: str,
    theme: Theme,
    log_x: bool = False,
    y_range: tuple[float, float] | None = None,
    marks: Sequence[Mark] = (),
    height_px: int = HEIGHT_PX,
    view: str = "",
) -> go.Figure:
    """The lines over each other. view: what a person has zoomed stays while it is the same.

    log_x: points at 0 or below have no place on it and are left out.
    """
    colours = COLOURS[theme]
    font = {"size": FONT_PX, "color": colours.ink}
    traces = [
        trace
        for place, line in enumerate(lines)
        for trace in _traces(line, line.kind if line.kind is not None else place, theme, log_x)
    ]
    named = len(lines) > 1
    return go.Figure(
        data=traces,
        layout={
            "template": {},
            "height": height_px,
            "margin": {"l": 8, "r": 8, "t": 34 if named or marks else 12, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "showlegend": named,
            "legend": {
                "orientation": "h",
                "x": 0,
                "y": 1.02,
                "yanchor": "bottom",
                "font": font,
                "bgcolor": "rgba(0,0,0,0)",
            },
            "hovermode": "x unified",
            "hoverlabel": {"align": "left"},
            "uirevision": view or "same",
            "shapes": [_mark_line(mark, colours.hidden, log_x) for mark in marks],
            "annotations": [_mark_name(mark, colours.hidden, log_x) for mark in marks],
            "xaxis": {
                **_axis(x_title, font, colours.rest, colours.ink),
                "type": "log" if log_x else "linear",
                # Steps of a logarithm's decades, not of each of its tenths.
                **({"dtick": 1} if log_x else {}),
                "showgrid": False,
            },
            "yaxis": {
                **_axis(y_title, font, colours.rest, colours.ink),
                **({"range": list(y_range)} if y_range is not None else {}),
            },
        },
    )


def _axis(title: str, font: dict[str, object], grid: str, ink: str) -> dict[str, object]:
    return {
        "title": {"text": plain(title), "font": font, "standoff": 16},
        "tickfont": font,
        "gridcolor": grid,
        "linecolor": grid,
        "showline": True,
        "zeroline": False,
        "automargin": True,
        "ticks": "outside",
        "ticklen": 3,
        "tickcolor": grid,
        "color": ink,
    }


def _traces(line: Curve, kind: int, theme: Theme, log_x: bool) -> list[go.Scatter]:
    assert len(line.x) == len(line.y), line.name
    colour = LINES[theme][kind % len(LINES[theme])]
    name = plain(_short(line.name))
    seen = [i for i, x in enumerate(line.x) if not log_x or x > 0]
    x = [line.x[i] for i in seen]
    marked = "lines+markers" if len(seen) <= MARKED_POINTS else "lines"
    traces = []
    if line.raw is not None:
        assert len(line.raw) == len(line.x), line.name
        traces.append(
            go.Scatter(
                x=x,
                y=[line.raw[i] for i in seen],
                mode="lines",
                line={"color": colour, "width": 1},
                opacity=RAW_OPACITY,
                hoverinfo="skip",
                showlegend=False,
                legendgroup=str(kind),
            )
        )
    traces.append(
        go.Scatter(
            x=x,
            y=[line.y[i] for i in seen],
            name=name,
            mode=marked,
            legendgroup=str(kind),
            line={"color": colour, "width": 2, "dash": DASHES[kind % len(DASHES)]},
            marker={"size": 5},
            hovertemplate=f"{_for_template(name)} %{{y:.4~g}}<extra></extra>",
        )
    )
    return traces


def _for_template(name: str) -> str:
    """In a hover template `%{…}` is a field of plotly's."""
    return name.replace("%{", "% {")


def _short(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= NAME_CHARACTERS else line[: NAME_CHARACTERS - 1] + "…"


def _place(x: float, log_x: bool) -> float:
    """Shapes on a logarithmic axis stand at x, notes at its logarithm."""
    return math.log10(x) if log_x and x > 0 else x


def _mark_line(mark: Mark, colour: str, log_x: bool) -> dict[str, object]:
    return {
        "type": "line",
        "x0": mark.x,
        "x1": mark.x,
        "yref": "paper",
        "y0": 0,
        "y1": 1,
        "line": {"color": colour, "width": 1.5, "dash": "dot"},
        "visible": not log_x or mark.x > 0,
    }


def _mark_name(mark: Mark, colour: str, log_x: bool) -> dict[str, object]:
    return {
        "x": _place(mark.x, log_x),
        # At the foot: curves of shares mostly run along the top.
        "y": 0,
        "yref": "paper",
        "yanchor": "bottom",
        "xanchor": "left",
        "xshift": 3,
        "text": plain(_short(mark.name)),
        "showarrow": False,
        "font": {"size": FONT_PX - 1, "color": colour},
        "visible": not log_x or mark.x > 0,
    }
