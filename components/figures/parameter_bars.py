"""Where a model's parameters are, as lying bars."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from components.figures.horizontal_bars import (
    TEXT_ROOM,
    BarColours,
    Row,
    horizontal_bars,
    plain,
)
from components.numbers import percent

# A longer path is cut at its beginning: what a module is stands at the end. A narrow screen must
# keep its bars.
NAME_CHARACTERS = 24

LABELS: Mapping[str, str] = {
    "percent": "{value} %",
    "one_in": "1 in {count}",
    "layers": "{name} in {layers} layers",
    "hover": "{name}<br>{parameters} parameters, {share} of the model",
}
"""The figure's words, in English."""


@dataclass(frozen=True, slots=True)
class PartBar:
    """One part of a model. name: its modules' path, any text. text: its parameters in words.

    layers: over so many layers; 1 where it is no part of a stack.
    """

    name: str
    parameters: int
    layers: int
    text: str


def parameter_bars(
    parts: Sequence[PartBar], *, colours: BarColours, labels: Mapping[str, str] = LABELS
) -> go.Figure:
    """From top to bottom as given. Each bar's text has its share of the whole."""
    assert parts
    whole = sum(part.parameters for part in parts) or 1
    rows = [_row(part, whole, colours, labels) for part in parts]
    most = max(part.parameters for part in parts) or 1
    return horizontal_bars(rows, (0, most * (1 + TEXT_ROOM)), colours)


def _row(part: PartBar, whole: int, colours: BarColours, labels: Mapping[str, str]) -> Row:
    share = percent(part.parameters / whole, labels)
    name = plain(part.name)
    if part.layers > 1:
        name = labels["layers"].format(name=name, layers=part.layers)
    hover = labels["hover"].format(name=name, parameters=f"{part.parameters:,}", share=share)
    return Row(
        plain(_short(part.name)),
        part.parameters,
        f"{plain(part.text)}   {share}",
        hover,
        colours.bar,
    )


def _short(name: str) -> str:
    if len(name) <= NAME_CHARACTERS:
        return name
    return "…" + name[-(NAME_CHARACTERS - 1) :]
