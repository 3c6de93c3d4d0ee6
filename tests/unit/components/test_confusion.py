"""The figure of what was taken for what."""

from __future__ import annotations

import pytest

from components.colours import Theme
from components.figures.confusion import NAMES_MAX, cells, confusion


def test_the_colour_is_the_share_of_its_row() -> None:
    figure = confusion([[8, 2], [1, 0]], names=["ham", "spam"], theme=Theme.LIGHT)
    squares, _pointed_at = figure.data
    assert [list(row) for row in squares.z] == [[0.8, 0.2], [1.0, 0.0]]
    assert [list(row) for row in squares.text] == [["8", "2"], ["1", ""]]


def test_only_squares_with_rows_can_be_clicked() -> None:
    counts = [[8, 2], [1, 0]]
    _squares, pointed_at = confusion(counts, names=["a", "b"], theme=Theme.LIGHT).data
    assert cells(counts) == [(0, 0), (0, 1), (1, 0)]
    assert list(zip(pointed_at.y, pointed_at.x, strict=True)) == cells(counts)
    assert "2 rows, 20.0 %" in pointed_at.hovertext[1]


def test_a_class_without_rows_divides_nothing() -> None:
    figure = confusion([[0, 0], [0, 3]], names=["a", "b"], theme=Theme.DARK)
    assert list(figure.data[0].z[0]) == [0.0, 0.0]


def test_names_are_text_and_nothing_else() -> None:
    figure = confusion([[1, 0], [0, 1]], names=["<img src=x>", "标签"], theme=Theme.LIGHT)
    assert "<img" not in "".join(figure.layout.yaxis.ticktext)
    assert "<img" not in "".join(figure.data[1].hovertext)
    assert figure.layout.xaxis.ticktext[1] == "标签"


@pytest.mark.parametrize("size", [2, 10, 77])
def test_every_row_has_room(size: int) -> None:
    counts = [[int(i == j) for j in range(size)] for i in range(size)]
    figure = confusion(counts, names=[f"intent_{i}" for i in range(size)], theme=Theme.LIGHT)
    assert figure.layout.height / size >= 9
    assert len(figure.layout.yaxis.ticktext) <= NAMES_MAX
    assert len(figure.data[1].x) == size
    numbered = figure.data[0].text is not None
    assert numbered == (size <= 10), "numbers that nobody can read are not drawn"
