"""The bars of labels: their lengths, what they say, and that they are safe to draw."""

from __future__ import annotations

import math
from typing import Any

import pytest

from components.figures.horizontal_bars import ROW_PX, TEXT_ROOM, BarColours
from components.figures.label_bars import EVEN, NAME_CHARACTERS, LabelBar, label_bars

COLOURS = BarColours("#010101", "#020202", "#030303", "#040404", "#050505", "#060606")


def of(*probabilities: float, score: float | None = None) -> list[LabelBar]:
    return [
        LabelBar(f"label{i}", p, math.log(p), score) for i, p in enumerate(probabilities, start=1)
    ]


def drawn(entries: list[LabelBar], **options: Any) -> tuple[Any, Any]:
    """(the bars, the layout)."""
    figure = label_bars(entries, colours=COLOURS, **options).to_plotly_json()
    (trace,) = figure["data"]
    return trace, figure["layout"]


def named(rank: int, text: str) -> str:
    return f'<span style="color:{COLOURS.quiet}">{rank}</span>   {text}'


def test_there_is_a_bar_for_each_label_in_the_order_given() -> None:
    trace, layout = drawn(of(0.5, 0.25, 0.25, score=1.5))
    assert list(trace["x"]) == [0.5, 0.25, 0.25]
    assert list(layout["yaxis"]["ticktext"]) == [named(i, f"label{i}") for i in (1, 2, 3)]
    assert list(trace["text"]) == [
        "50.0 %   logit 1.50",
        "25.0 %   logit 1.50",
        "25.0 %   logit 1.50",
    ]
    assert trace["hovertext"][0] == (
        "label1<br>probability 50.0 %<br>log-probability −0.6931 nats<br>rank 1"
    )
    assert layout["yaxis"]["autorange"] == "reversed"
    assert not layout.get("shapes")


def test_without_a_logit_the_log_probability_stands_beside() -> None:
    trace, _ = drawn(of(0.5, 0.5))
    assert list(trace["text"]) == ["50.0 %   ln p −0.69"] * 2


def test_parts_of_one_whole_are_drawn_to_the_scale_of_the_best() -> None:
    _, layout = drawn(of(0.2, 0.1))
    assert list(layout["xaxis"]["range"]) == pytest.approx([0, 0.2 * (1 + TEXT_ROOM)])


def test_labels_that_stand_by_themselves_are_drawn_to_one_with_a_line_at_one_half() -> None:
    trace, layout = drawn(of(0.2, 0.1), each_by_itself=True)
    assert list(layout["xaxis"]["range"]) == pytest.approx([0, 1 + TEXT_ROOM])
    (line,) = layout["shapes"]
    assert line["x0"] == line["x1"] == EVEN == 0.5
    assert list(trace["x"]) == [0.2, 0.1]


@pytest.mark.parametrize(
    ("scores", "low", "high"),
    [
        ((2.0, 1.0), 0.0, 2.0 + 2.0 * TEXT_ROOM),
        ((-1.0, -2.0), -2.0 - 2.0 * TEXT_ROOM, 0.0),
        ((1.0, -3.0), -3.0 - 4.0 * TEXT_ROOM, 1.0 + 4.0 * TEXT_ROOM),
        ((0.0, 0.0), 0.0, 0.0),
    ],
)
def test_scores_start_from_zero_to_either_side(
    scores: tuple[float, ...], low: float, high: float
) -> None:
    trace, layout = drawn([LabelBar("x", None, None, score) for score in scores])
    assert list(trace["x"]) == list(scores)
    assert list(layout["xaxis"]["range"]) == pytest.approx([low, high])
    assert layout["shapes"][0]["x0"] == 0.0
    assert not any("%" in text for text in trace["text"])
    assert not any("probability" in text for text in trace["hovertext"])


def test_labels_are_never_markup() -> None:
    label = "<b>x</b><a href=x>&"
    trace, layout = drawn([LabelBar(label, 1.0, 0.0)])
    (name,) = layout["yaxis"]["ticktext"]
    assert name == named(1, "&lt;b&gt;x&lt;/b&gt;&lt;a href=x&gt;&amp;")
    assert trace["hovertext"][0].startswith("&lt;b&gt;x&lt;/b&gt;&lt;a href=x&gt;&amp;<br>")


def test_a_long_label_is_cut_beside_its_bar_and_whole_in_the_tooltip() -> None:
    label = "a label that goes on and on and on\nand on"
    trace, layout = drawn([LabelBar(label, 1.0, 0.0)])
    (name,) = layout["yaxis"]["ticktext"]
    shown = name.split("   ", 1)[1]
    assert len(shown) == NAME_CHARACTERS
    assert shown.endswith("…")
    assert label.startswith(shown[:-1])
    assert trace["hovertext"][0].startswith(label)


def test_every_label_has_its_row_however_many() -> None:
    _, few = drawn(of(*[1 / 3] * 3))
    _, many = drawn(of(*[1 / 77] * 77))
    assert many["height"] - few["height"] == 74 * ROW_PX
    assert len(many["yaxis"]["ticktext"]) == 77


def test_words_can_be_translated() -> None:
    trace, _ = drawn(
        of(0.5, score=1.0), labels={"percent": "{value} pc", "score": "L {value}", **_others()}
    )
    assert list(trace["text"]) == ["50.0 pc   L 1.00"]
    assert trace["hovertext"][0] == "label1 50.0 pc −0.6931 1"


def _others() -> dict[str, str]:
    return {
        "one_in": "",
        "log_prob": "",
        "hover_prob": "{label} {prob} {log_prob} {rank}",
        "hover_score": "",
    }
