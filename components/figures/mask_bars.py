"""What a model would put at one mask, as bars."""

from __future__ import annotations

import html
import math
from collections.abc import Mapping
from dataclasses import dataclass

import plotly.graph_objects as go

from loupe.traces import TokenRecord

ROW_PX = 28
FONT_PX = 14
# What is left free to the right of the longest bar, in parts of it: its text stands there.
TEXT_ROOM = 0.6
_MARGIN_PX = 8

LABELS: Mapping[str, str] = {
    "rest": "all {count} others",
    "hover": "{token}<br>probability {prob}<br>log-probability {log_prob} nats<br>rank {rank}",
    "hover_rest": "{count} further entries of the vocabulary<br>probability together {prob}",
    "log_prob": "ln p {value}",
    "whole": "{value}",
    "cut": "{value} (bar cut)",
    "percent": "{value} %",
}
"""The figure's words, in English."""


@dataclass(frozen=True, slots=True)
class BarColours:
    """CSS colours: of the bars, of the rest and its hatching, and of the text."""

    bar: str
    rest: str
    hatch: str
    ink: str


def mask_bars(
    mask: TokenRecord,
    *,
    shown: int,
    vocab_size: int,
    colours: BarColours,
    labels: Mapping[str, str] = LABELS,
) -> go.Figure:
    """The `shown` most probable entries, best on top, and one bar for all the others together.

    Bars share one axis from 0, so that lengths compare; each says its probability and its
    log-probability in nats. The last bar holds what the bars above leave of the whole. Where it is
    far longer than they are it would make them invisible: it is then hatched, cut, and says so.
    """
    entries = mask.top[:shown]
    probs = [math.exp(entry.log_prob) for entry in entries]
    rest = max(0.0, 1.0 - math.fsum(probs))
    axis_end = max(probs) * (1 + TEXT_ROOM)
    is_cut = rest > axis_end
    count = f"{vocab_size - len(entries):,}"
    names = [f"{_plain(entry.text)}   {entry.rank}" for entry in entries]
    names.append(labels["rest"].format(count=count))
    texts = [
        f"{percent(p, labels)}   {labels['log_prob'].format(value=f'{entry.log_prob:.2f}')}"
        for p, entry in zip(probs, entries, strict=True)
    ]
    texts.append(labels["cut" if is_cut else "whole"].format(value=percent(rest, labels)))
    hovers = [
        labels["hover"].format(
            token=_plain(entry.token),
            prob=percent(p, labels),
            log_prob=f"{entry.log_prob:.4f}",
            rank=entry.rank,
        )
        for p, entry in zip(probs, entries, strict=True)
    ]
    hovers.append(labels["hover_rest"].format(count=count, prob=percent(rest, labels)))
    rows = list(range(len(names)))
    font = {"size": FONT_PX, "color": colours.ink}
    bars = go.Bar(
        x=[*probs, axis_end if is_cut else rest],
        y=rows,
        orientation="h",
        text=texts,
        textposition=["outside"] * len(entries) + ["inside" if is_cut else "outside"],
        insidetextanchor="start",
        textfont=font,
        cliponaxis=False,
        hovertext=hovers,
        hoverinfo="text",
        marker={
            "color": [colours.bar] * len(entries) + [colours.rest],
            "pattern": {
                "shape": [""] * len(entries) + ["/" if is_cut else ""],
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
            "xaxis": {"visible": False, "range": [0, axis_end], "fixedrange": True},
            "yaxis": {
                "autorange": "reversed",
                "tickmode": "array",
                "tickvals": rows,
                "ticktext": names,
                "tickfont": font,
                "automargin": True,
                "showgrid": False,
                "fixedrange": True,
            },
        },
    )


def percent(p: float, labels: Mapping[str, str]) -> str:
    """A probability as a person reads it; small ones keep two digits that say something."""
    value = 100 * p
    if value >= 10:
        digits = f"{value:.1f}"
    elif value >= 0.01:
        digits = f"{value:.2f}"
    else:
        digits = f"{value:.1e}" if value > 0 else "0"
    return labels["percent"].format(value=digits)


def _plain(text: str) -> str:
    """Plotly reads some HTML in labels: text of a vocabulary is none."""
    return html.escape(text, quote=False)
