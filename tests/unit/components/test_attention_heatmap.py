"""The heatmap shows every weight where it belongs, and any text as text."""

from __future__ import annotations

import pytest

from components.colours import Theme
from components.figures.attention_heatmap import attention_heatmap
from components.figures.heatmap import NAME_CHARACTERS, NAMES_MAX, NUMBERED_COLUMNS

WEIGHTS = [[0.25, 0.5], [0.0, 0.125], [1 / 3, 2 / 3]]


@pytest.mark.parametrize("theme", list(Theme))
def test_rows_are_written_and_columns_are_read(theme: Theme) -> None:
    figure = attention_heatmap(
        WEIGHTS, source=["How", "now"], target=["Comment", "ça", "va"], theme=theme
    )
    cells = figure.data[0]
    assert [list(row) for row in cells.z] == WEIGHTS
    assert (cells.zmin, cells.zmax) == (0.0, 2 / 3)
    assert list(figure.layout.xaxis.ticktext) == ["How", "now"]
    assert list(figure.layout.yaxis.ticktext) == ["Comment", "ça", "va"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert cells.hovertext[0][1] == "written Comment<br>looked at now<br>attention 50.0 %"
    assert list(cells.colorbar.ticktext) == ["0 %", "66.7 %"]


def test_the_two_themes_differ_and_a_figure_without_weight_has_a_scale() -> None:
    nothing = [[0.0]]
    light, dark = (
        attention_heatmap(nothing, source=["a"], target=["b"], theme=theme) for theme in Theme
    )
    assert light.data[0].colorscale != dark.data[0].colorscale
    assert light.data[0].zmax == 1.0


def test_markup_in_words_is_drawn_as_text() -> None:
    figure = attention_heatmap([[1.0]], source=["<b>x</b>"], target=["<a&>"], theme=Theme.LIGHT)
    drawn = figure.to_json()
    assert "<b>x" not in drawn
    assert "\\u003cb\\u003ex" not in drawn
    assert list(figure.layout.xaxis.ticktext) == ["&lt;b&gt;x&lt;/b&gt;"]


def test_many_words_name_some_and_long_ones_are_cut() -> None:
    many = [f"word{i}" for i in range(3 * NAMES_MAX)]
    figure = attention_heatmap(
        [[0.0] * len(many)], source=many, target=["x" * 99], theme=Theme.LIGHT
    )
    assert len(figure.layout.xaxis.ticktext) <= NAMES_MAX
    assert len(figure.data[0].z[0]) == len(many)
    assert figure.data[0].texttemplate is None
    (name,) = figure.layout.yaxis.ticktext
    assert len(name) == NAME_CHARACTERS
    assert name.endswith("…")
    assert "x" * 99 in figure.data[0].hovertext[0][0]


def test_few_columns_have_their_numbers_in_the_cells() -> None:
    columns = [str(i) for i in range(NUMBERED_COLUMNS)]
    figure = attention_heatmap(
        [[0.126] * len(columns)], source=columns, target=["x"], theme=Theme.DARK
    )
    assert list(figure.data[0].text[0]) == ["13"] * len(columns)


def test_short_words_stand_level_and_many_or_long_ones_upright() -> None:
    def angle(names: list[str]) -> int:
        figure = attention_heatmap(
            [[0.0] * len(names)], source=names, target=["x"], theme=Theme.LIGHT
        )
        return int(figure.layout.xaxis.tickangle)

    assert angle(["How", "are", "you", "?"]) == 0
    assert angle(["The", "newspapers", "were", "dried"]) == -90
    assert angle(["a"] * 50) == -90
