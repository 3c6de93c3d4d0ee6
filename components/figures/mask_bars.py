"""What a model would put at one mask, as bars."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass

import plotly.graph_objects as go

from components.numbers import LABELS as NUMBER_LABELS
from components.numbers import percent, signed
from loupe.traces import Alternative, TokenRecord

ROW_PX = 28
FONT_PX = 14
# What is left free to the right of the longest bar, in parts of it: its text stands there.
TEXT_ROOM = 0.9
_MARGIN_PX = 8

LABELS: Mapping[str, str] = {
    **NUMBER_LABELS,
    "rest": "all {count} others",
    "hidden": "the hidden token",
    "hover": "{token}<br>probability {prob}<br>log-probability {log_prob} nats<br>rank {rank}",
    "hover_rest": "{count} further entries of the vocabulary<br>probability together {prob}",
    "log_prob": "ln p {value}",
    "whole": "{value}",
    "cut": "{value} (bar cut)",
}
"""The figure's words, in English."""


@dataclass(frozen=True, slots=True)
class BarColours:
    """CSS colours: bars, the hidden token's, the rest and its hatching, the text, the ranks."""

    bar: str
    hidden: str
    rest: str
    hatch: str
    ink: str
    quiet: str


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    value: float  # what the bar shows
    text: str
    hover: str
    colour: str
    is_cut: bool = False


def mask_bars(
    mask: TokenRecord,
    *,
    shown: int,
    vocab_size: int,
    colours: BarColours,
    longest: float | None = None,
    labels: Mapping[str, str] = LABELS,
) -> go.Figure:
    """The `shown` most probable entries, best on top, and one bar for all the others together.

    Where the mask hides a token, its bar has a colour of its own, and a row of its own below the
    others where it is not among them. Bars start at 0, and `longest` (a probability, of the longest
    bar of all figures that stand together) sets their scale, so that lengths compare. The last bar
    holds what the `shown` entries leave of the whole; where it is longer than any of them it would
    make them invisible, so it is then hatched, cut to the longest, and says so.
    """
    entries = mask.top[:shown]
    best = longest or math.exp(entries[0].log_prob)
    rows = [_entry_row(entry, mask, colours, labels) for entry in entries]
    listed = {entry.token_id for entry in entries}
    rest = max(0.0, 1.0 - math.fsum(row.value for row in rows))
    if mask.hidden and mask.log_prob is not None and mask.token_id not in listed:
        rows.append(_hidden_row(mask, colours, labels))
    rows.append(_rest_row(rest, best, vocab_size - len(entries), colours, labels))
    return _figure(rows, best, colours)


def _entry_row(
    entry: Alternative, mask: TokenRecord, colours: BarColours, labels: Mapping[str, str]
) -> _Row:
    is_hidden = mask.hidden and entry.token_id == mask.token_id
    return _Row(
        name=_named(entry.rank, entry.text, colours),
        value=math.exp(entry.log_prob),
        text=_numbers(entry.log_prob, labels),
        hover=_hover(entry.token, entry.log_prob, entry.rank, labels),
        colour=colours.hidden if is_hidden else colours.bar,
    )


def _hidden_row(mask: TokenRecord, colours: BarColours, labels: Mapping[str, str]) -> _Row:
    assert mask.log_prob is not None
    assert mask.rank is not None
    return _Row(
        name=_named(mask.rank, mask.text, colours),
        value=math.exp(mask.log_prob),
        text=f"{_numbers(mask.log_prob, labels)}   {labels['hidden']}",
        hover=_hover(mask.token, mask.log_prob, mask.rank, labels),
        colour=colours.hidden,
    )


def _rest_row(
    rest: float, best: float, others: int, colours: BarColours, labels: Mapping[str, str]
) -> _Row:
    count = f"{others:,}"
    is_cut = rest > best
    return _Row(
        name=labels["rest"].format(count=count),
        value=best if is_cut else rest,
        text=labels["cut" if is_cut else "whole"].format(value=percent(rest, labels)),
        hover=labels["hover_rest"].format(count=count, prob=percent(rest, labels)),
        colour=colours.rest,
        is_cut=is_cut,
    )


def _figure(rows: list[_Row], best: float, colours: BarColours) -> go.Figure:
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
    # The layout goes in at once: setting it afterwards takes three times as long.
    return go.Figure(
        data=bars,
        layout={
            "template": {},
            "height": ROW_PX * len(rows) + 2 * _MARGIN_PX,
            "margin": {"l": 0, "r": 0, "t": _MARGIN_PX, "b": _MARGIN_PX},
            "bargap": 0.3,
            "showlegend": False,
            "xaxis": {"visible": False, "range": [0, best * (1 + TEXT_ROOM)], "fixedrange": True},
            "yaxis": {
                "autorange": "reversed",
                "tickmode": "array",
                "tickvals": places,
                "ticktext": [row.name for row in rows],
                "tickfont": font,
                "automargin": True,
                "showgrid": False,
                "fixedrange": True,
            },
        },
    )


def _named(rank: int, text: str, colours: BarColours) -> str:
    return f'<span style="color:{colours.quiet}">{rank:,}</span>   {_plain(text)}'


def _numbers(log_prob: float, labels: Mapping[str, str]) -> str:
    value = labels["log_prob"].format(value=signed(log_prob))
    return f"{percent(math.exp(log_prob), labels)}   {value}"


def _hover(token: str, log_prob: float, rank: int, labels: Mapping[str, str]) -> str:
    return labels["hover"].format(
        token=_plain(token),
        prob=percent(math.exp(log_prob), labels),
        log_prob=signed(log_prob, 4),
        rank=f"{rank:,}",
    )


def _plain(text: str) -> str:
    """Plotly reads some HTML in labels: text of a vocabulary is none."""
    return html.escape(text, quote=False)
