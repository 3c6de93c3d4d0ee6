"""Upright and lying bars: their lengths, what can be pointed at, and that they are safe to draw."""

from __future__ import annotations

from typing import Any

import pytest

from components.figures.count_bars import CountBar, count_bars
from components.figures.histogram import (
    LEAST_SHARE,
    TICKS_MAX,
    HistogramBar,
    histogram,
    place_of,
)
from components.figures.horizontal_bars import BarColours

COLOURS = BarColours("#010101", "#020202", "#030303", "#040404", "#050505", "#060606")
EVIL = "<b>x</b>"


def bars(*counts: int) -> list[HistogramBar]:
    return [
        HistogramBar(10 * i, 10 * (i + 1), n, f"{10 * i}", f"{EVIL} {n}")
        for i, n in enumerate(counts)
    ]


def drawn(figure: Any) -> tuple[Any, Any, Any]:
    """(the bars, what is pointed at, the layout)."""
    plain = figure.to_plotly_json()
    seen, pointed_at = plain["data"]
    return seen, pointed_at, plain["layout"]


def test_every_bar_with_rows_is_seen_and_can_be_pointed_at_over_its_whole_height() -> None:
    seen, pointed_at, layout = drawn(histogram(bars(1, 0, 10_000), colours=COLOURS))
    assert list(seen["y"]) == [10_000 * LEAST_SHARE, 0, 10_000]
    assert list(pointed_at["y"]) == [10_000, 0, 10_000]
    assert seen["hoverinfo"] == "skip"
    assert list(pointed_at["x"]) == list(seen["x"])
    assert not layout.get("shapes")


def test_foreign_text_is_no_markup() -> None:
    _, pointed_at, _ = drawn(histogram(bars(1, 2), colours=COLOURS))
    assert pointed_at["hovertext"][0] == "&lt;b&gt;x&lt;/b&gt; 1"
    one = CountBar(EVIL, 3, EVIL, EVIL, 1)
    rest = CountBar(EVIL, 1, EVIL, EVIL, None)
    seen, pointed_at, layout = drawn(count_bars([one, rest], colours=COLOURS))
    for text in (*layout["yaxis"]["ticktext"], *seen["text"], *pointed_at["hovertext"]):
        assert "<b>" not in text
        assert "&lt;b&gt;" in text


def test_a_line_stands_where_its_number_is() -> None:
    some = bars(1, 2, 3)
    assert [place_of(some, n) for n in (-5, 0, 5, 10, 29, 30, 99)] == pytest.approx(
        [-0.5, -0.5, 0, 0.5, 2.4, 2.5, 2.5]
    )
    _, _, layout = drawn(histogram(some, colours=COLOURS, mark=15, said=EVIL))
    assert layout["shapes"][0]["x0"] == 1
    assert "<b>" not in layout["annotations"][0]["text"]


def test_there_are_no_more_numbers_below_than_fit() -> None:
    _, _, layout = drawn(histogram(bars(*range(1, 41)), colours=COLOURS))
    assert 1 < len(layout["xaxis"]["ticktext"]) <= TICKS_MAX
    assert layout["xaxis"]["ticktext"][0] == "0"


def test_counts_are_drawn_to_the_scale_of_the_largest_with_their_numbers() -> None:
    some = [CountBar("spam" * 20, 4, "4", "all of it", 1), CountBar("ham", 0, "0", "none", 2)]
    seen, pointed_at, layout = drawn(count_bars(some, colours=COLOURS))
    assert list(seen["x"]) == [4, 0]
    assert pointed_at["x"][0] > 4, "its line up to the end"
    assert pointed_at["x"][1] == 0, "nothing to show"
    assert layout["yaxis"]["ticktext"][0].endswith("…")
    assert layout["yaxis"]["ticktext"][1].endswith("ham")
