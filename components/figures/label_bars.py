"""How well each label fits, as bars."""

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
    ranked_name,
)
from components.numbers import LABELS as NUMBER_LABELS
from components.numbers import percent, signed

# A longer name is cut, with dots; the tooltip has all of it. A narrow screen must keep its bars.
NAME_CHARACTERS = 28
# Above it, a label that stands by itself is more likely right than wrong.
EVEN = 0.5

LABELS: Mapping[str, str] = {
    **NUMBER_LABELS,
    "score": "logit {value}",
    "log_prob": "ln p {value}",
    "hover_prob": "{label}<br>probability {prob}<br>log-probability {log_prob} nats<br>rank {rank}",
    "hover_score": "{label}<br>score {score}<br>rank {rank}",
}
"""The figure's words, in English."""


@dataclass(frozen=True, slots=True)
class LabelBar:
    """One label. prob, log_prob (nats): None where the score is the answer itself.

    score: the raw output of the model; None where it is not shown.
    """

    label: str
    prob: float | None
    log_prob: float | None
    score: float | None = None


def label_bars(
    entries: Sequence[LabelBar],
    *,
    colours: BarColours,
    each_by_itself: bool = False,
    line: float = EVEN,
    labels: Mapping[str, str] = LABELS,
) -> go.Figure:
    """A bar for each label, in the order given (the best first), with its numbers at its end.

    Probabilities that share one whole are drawn to the scale of the first. each_by_itself: they do
    not, so the axis goes to 1, and a line marks from where on a label is given. Scores without a
    probability start from zero, to either side.
    """
    assert entries, "a checkpoint has at least one label"
    rows = [_row(entry, rank, colours, labels) for rank, entry in enumerate(entries, start=1)]
    if entries[0].prob is None:
        low, high = min(0.0, *_values(rows)), max(0.0, *_values(rows))
        room = TEXT_ROOM * ((high - low) or 1.0)
        return horizontal_bars(
            rows, (low - room * (low < 0), high + room * (high > 0)), colours, marks=(0.0,)
        )
    if each_by_itself:
        return horizontal_bars(rows, (0.0, 1.0 + TEXT_ROOM), colours, marks=(line,))
    best = max(_values(rows))
    return horizontal_bars(rows, (0.0, best * (1 + TEXT_ROOM)), colours)


def _values(rows: Sequence[Row]) -> list[float]:
    return [row.value for row in rows]


def _row(entry: LabelBar, rank: int, colours: BarColours, labels: Mapping[str, str]) -> Row:
    name = ranked_name(rank, _short(entry.label), colours)
    if entry.prob is None:
        assert entry.score is not None
        score = signed(entry.score, 4)
        hover = labels["hover_score"].format(
            label=plain(entry.label), score=score, rank=f"{rank:,}"
        )
        return Row(name, entry.score, score, hover, colours.bar)
    assert entry.log_prob is not None
    beside = (
        labels["log_prob"].format(value=signed(entry.log_prob))
        if entry.score is None
        else labels["score"].format(value=signed(entry.score))
    )
    hover = labels["hover_prob"].format(
        label=plain(entry.label),
        prob=percent(entry.prob, labels),
        log_prob=signed(entry.log_prob, 4),
        rank=f"{rank:,}",
    )
    text = f"{percent(entry.prob, labels)}   {beside}"
    return Row(name, entry.prob, text, hover, colours.bar)


def _short(label: str) -> str:
    one_line = " ".join(label.split())
    if len(one_line) <= NAME_CHARACTERS:
        return one_line
    return one_line[: NAME_CHARACTERS - 1] + "…"
