"""What a model would put at one mask, as bars."""

from __future__ import annotations

import math
from collections.abc import Mapping

import plotly.graph_objects as go

from components.figures.horizontal_bars import (
    TEXT_ROOM,
    BarColours,
    Row,
    horizontal_bars,
    plain,
    ranked_name,
)
from components.numbers import LABELS as NUMBER_LABELS
from components.numbers import percent, signed
from loupe.traces import Alternative, TokenRecord

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
    return horizontal_bars(rows, (0, best * (1 + TEXT_ROOM)), colours)


def _entry_row(
    entry: Alternative, mask: TokenRecord, colours: BarColours, labels: Mapping[str, str]
) -> Row:
    is_hidden = mask.hidden and entry.token_id == mask.token_id
    return Row(
        name=ranked_name(entry.rank, entry.text, colours),
        value=math.exp(entry.log_prob),
        text=_numbers(entry.log_prob, labels),
        hover=_hover(entry.token, entry.log_prob, entry.rank, labels),
        colour=colours.hidden if is_hidden else colours.bar,
    )


def _hidden_row(mask: TokenRecord, colours: BarColours, labels: Mapping[str, str]) -> Row:
    assert mask.log_prob is not None
    assert mask.rank is not None
    return Row(
        name=ranked_name(mask.rank, mask.text, colours),
        value=math.exp(mask.log_prob),
        text=f"{_numbers(mask.log_prob, labels)}   {labels['hidden']}",
        hover=_hover(mask.token, mask.log_prob, mask.rank, labels),
        colour=colours.hidden,
    )


def _rest_row(
    rest: float, best: float, others: int, colours: BarColours, labels: Mapping[str, str]
) -> Row:
    count = f"{others:,}"
    is_cut = rest > best
    return Row(
        name=labels["rest"].format(count=count),
        value=best if is_cut else rest,
        text=labels["cut" if is_cut else "whole"].format(value=percent(rest, labels)),
        hover=labels["hover_rest"].format(count=count, prob=percent(rest, labels)),
        colour=colours.rest,
        is_cut=is_cut,
    )


def _numbers(log_prob: float, labels: Mapping[str, str]) -> str:
    value = labels["log_prob"].format(value=signed(log_prob))
    return f"{percent(math.exp(log_prob), labels)}   {value}"


def _hover(token: str, log_prob: float, rank: int, labels: Mapping[str, str]) -> str:
    return labels["hover"].format(
        token=plain(token),
        prob=percent(math.exp(log_prob), labels),
        log_prob=signed(log_prob, 4),
        rank=f"{rank:,}",
    )
