"""The matrix shows every label's probability at its token, on one scale, and any text as text."""

from __future__ import annotations

import pytest

from components.colours import Theme
from components.figures.label_matrix import LABELS, label_matrix

PROBS = [[0.25, 0.75], [0.0, 1.0], [0.5, 0.5]]
HOSTILE = "<b>x</b>"


@pytest.mark.parametrize("theme", list(Theme))
def test_rows_are_tokens_and_columns_are_labels(theme: Theme) -> None:
    figure = label_matrix(PROBS, tokens=["a", "##b", "c"], names=["O", "B-PER"], theme=theme)
    cells = figure.data[0]
    assert [list(row) for row in cells.z] == PROBS
    assert list(figure.layout.xaxis.ticktext) == ["O", "B-PER"]
    assert list(figure.layout.yaxis.ticktext) == ["a", "##b", "c"]
    assert cells.colorbar.title.text == LABELS["scale"]
    assert "model" in cells.colorbar.title.text


def test_the_scale_does_not_depend_on_the_values() -> None:
    pale = label_matrix([[0.1, 0.2]], tokens=["a"], names=["O", "X"], theme=Theme.LIGHT)
    assert (pale.data[0].zmin, pale.data[0].zmax) == (0.0, 1.0)


def test_two_labels_and_tokens_of_one_name_have_rows_and_columns_of_their_own() -> None:
    figure = label_matrix(PROBS[:2], tokens=["a", "a"], names=["X", "X"], theme=Theme.LIGHT)
    assert list(figure.layout.xaxis.tickvals) == [0, 1]
    assert list(figure.layout.yaxis.tickvals) == [0, 1]


def test_markup_of_a_text_or_a_checkpoint_is_text() -> None:
    figure = label_matrix([[1.0]], tokens=[HOSTILE], names=[HOSTILE], theme=Theme.DARK)
    drawn = str(figure.to_dict())
    assert HOSTILE not in drawn
    assert "&lt;b&gt;" in drawn
