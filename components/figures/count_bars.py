"""How often values come up, as lying bars, each of them a thing to click."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from components.figures.horizontal_bars import (
    TEXT_ROOM,
    BarColours,
    Row,
    horizontal_bars,
    plain,
    ranked_name,
)

NAME_CHARACTERS = 22


@dataclass(frozen=True, slots=True)
class CountBar:
    """name: any text. text: beside the bar, and hover: both any text. rank: None for the rest."""

    name: str
    count: int
    text: str
    hover: str
    rank: int | None


def count_bars(bars: Sequence[CountBar], *, colours: BarColours) -> go.Figure:
    """From top to bottom as given. Every bar can be pointed at over its whole line: the second
    trace, which is not seen.
    """
    assert bars
    most = max(bar.count for bar in bars) or 1
    rows = [
        Row(
            _name(bar, colours),
            bar.count,
            plain(bar.text),
            plain(bar.hover),
            colours.rest if bar.rank is None else colours.bar,
        )
        for bar in bars
    ]
    end = most * (1 + TEXT_ROOM)
    figure = horizontal_bars(rows, (0, end), colours)
    (seen,) = figure.data
    seen.hoverinfo = "skip"
    seen.selected = {"marker": {"opacity": 1}}
    seen.unselected = {"marker": {"opacity": 1}}
    figure.add_trace(
        go.Bar(
            x=[end if bar.count else 0 for bar in bars],
            y=list(range(len(bars))),
            width=1,
            orientation="h",
            hovertext=[row.hover for row in rows],
            hoverinfo="text",
            marker={"color": colours.bar, "opacity": 0.0},
            selected={"marker": {"opacity": 0.15}},
            unselected={"marker": {"opacity": 0}},
        )
    )
    figure.update_layout(barmode="overlay", dragmode=False)
    return figure


def _name(bar: CountBar, colours: BarColours) -> str:
    if bar.rank is None:
        return plain(bar.name)
    return ranked_name(bar.rank, _short(bar.name), colours)


def _short(name: str) -> str:
    line = " ".join(name.split())
    return line if len(line) <= NAME_CHARACTERS else line[: NAME_CHARACTERS - 1] + "…"
