"""Curves of training, of the machine and of thresholds."""

from __future__ import annotations

import math
from typing import Any

import pytest

from components.colours import Theme
from components.figures.curves import Curve, Mark, curves
from components.figures.machine_lines import GIB, load_lines, memory_lines
from components.figures.threshold import POINTS_MAX, threshold_lines
from loupe.runs.progress import MachinePoint

TITLES: dict[str, Any] = {"x_title": "step", "y_title": "loss", "theme": Theme.LIGHT}


def test_a_smooth_line_lies_over_its_raw_one() -> None:
    figure = curves([Curve("a", [1, 2, 3], [3.0, 2.0, 1.0], raw=[4.0, 1.0, 2.0])], **TITLES)
    raw, smooth = figure.data
    assert list(raw.y) == [4.0, 1.0, 2.0]
    assert list(smooth.y) == [3.0, 2.0, 1.0]
    assert raw.opacity < 1
    assert raw.line.color == smooth.line.color
    assert not figure.layout.showlegend, "one line is named by its axis"


def test_lines_differ_in_colour_and_dash() -> None:
    figure = curves([Curve(name, [1, 2], [1.0, 2.0]) for name in "abcdef"], **TITLES)
    assert len({trace.line.color for trace in figure.data}) == 6
    assert len({trace.line.dash for trace in figure.data}) == 6
    assert figure.layout.showlegend


def test_a_run_keeps_its_colour_in_each_figure() -> None:
    alone = curves([Curve("b", [1], [1.0], kind=1)], **TITLES)
    beside = curves([Curve("a", [1], [1.0]), Curve("b", [1], [1.0])], **TITLES)
    assert alone.data[0].line.color == beside.data[1].line.color


def test_a_logarithmic_axis_has_no_place_for_zero() -> None:
    figure = curves([Curve("a", [0, 1, 10], [5.0, 4.0, None])], log_x=True, **TITLES)
    (line,) = figure.data
    assert list(line.x) == [1, 10]
    assert list(line.y) == [4.0, None]
    assert figure.layout.xaxis.type == "log"


def test_a_mark_stands_where_it_belongs_on_both_kinds_of_axes() -> None:
    line = Curve("a", [1, 1000], [1.0, 2.0])
    linear = curves([line], marks=[Mark(100, "here")], **TITLES)
    assert linear.layout.shapes[0].x0 == 100
    assert linear.layout.annotations[0].x == 100
    log = curves([line], marks=[Mark(100, "here")], log_x=True, **TITLES)
    assert log.layout.shapes[0].x0 == 100
    assert log.layout.annotations[0].x == pytest.approx(math.log10(100))


def test_a_name_is_text_and_nothing_else() -> None:
    name = "<b>x</b> %{y}"
    figure = curves([Curve(name, [1], [1.0]), Curve("b", [1], [1.0])], **TITLES)
    assert figure.data[0].name == "&lt;b&gt;x&lt;/b&gt; %{y}"
    assert "<b>" not in figure.data[0].hovertemplate
    assert figure.data[0].hovertemplate.count("%{") == 1, "only our own field"


def test_long_names_are_cut() -> None:
    figure = curves([Curve("n" * 99, [1], [1.0])], **TITLES)
    assert figure.data[0].name.endswith("…")
    assert len(figure.data[0].name) < 40


@pytest.mark.parametrize("theme", list(Theme))
def test_no_lines_make_an_empty_figure(theme: Theme) -> None:
    figure = curves([], x_title="x", y_title="y", theme=theme)
    assert not figure.data


def point(time_s: float, **more: float | None) -> MachinePoint:
    usual = {"rss_bytes": GIB, "cpu_percent": 150.0, "gpu_bytes": None, "gpu_percent": None}
    values = {**usual, **more}
    return MachinePoint(
        time_s,
        1,
        2,
        "training",
        threads=3,
        gpu_total_bytes=None,
        **values,  # type: ignore[arg-type]
    )


def test_memory_is_in_gib_over_minutes() -> None:
    figure = memory_lines([point(60.0), point(120.0)], 0.0, theme=Theme.LIGHT)
    (line,) = figure.data
    assert list(line.x) == [1.0, 2.0]
    assert list(line.y) == [1.0, 1.0]


def test_a_gpu_has_a_line_where_there_is_one() -> None:
    points = [point(0.0), point(1.0, gpu_bytes=2 * GIB, gpu_percent=80.0)]
    memory = memory_lines(points, 0.0, theme=Theme.DARK)
    assert list(memory.data[1].y) == [None, 2.0]
    load = load_lines(points, 0.0, theme=Theme.DARK)
    assert [list(trace.y) for trace in load.data] == [[150.0, 150.0], [None, 80.0]]


def test_a_long_silence_breaks_the_line() -> None:
    figure = load_lines([point(0.0), point(1.0), point(9000.0)], 0.0, theme=Theme.LIGHT)
    assert list(figure.data[0].y) == [150.0, 150.0, None]


def test_three_lines_over_the_threshold_and_the_chosen_one() -> None:
    figure = threshold_lines(
        [0.2, 0.8], [0.5, 1.0], [1.0, 0.5], [0.6, 0.7], chosen=0.35, theme=Theme.LIGHT
    )
    assert [trace.name for trace in figure.data] == ["precision", "recall", "F1"]
    assert list(figure.data[2].y) == [0.6, 0.7]
    assert figure.layout.shapes[0].x0 == 0.35
    assert tuple(figure.layout.xaxis.range) == (0.0, 1.0)


def test_of_many_thresholds_a_screen_shows_enough() -> None:
    many = [i / 5000 for i in range(5000)]
    figure = threshold_lines(many, many, many, many, chosen=0.5, theme=Theme.LIGHT)
    assert 500 < len(figure.data[0].x) <= POINTS_MAX
