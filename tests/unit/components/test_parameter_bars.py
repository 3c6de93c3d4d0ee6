"""Each part of a model is a bar as long as its parameters, with its share of the whole."""

from __future__ import annotations

import pytest

from components.amounts import ago, count, size
from components.colours import Theme
from components.figures.horizontal_bars import COLOURS
from components.figures.parameter_bars import LABELS, NAME_CHARACTERS, PartBar, parameter_bars

PARTS = (
    PartBar("model.embed_tokens", 60, 1, "60"),
    PartBar("model.layers.*.mlp", 40, 12, "40"),
    PartBar("model.<b>norm</b>", 0, 1, "0"),
)


@pytest.mark.parametrize("theme", list(Theme))
def test_bars_are_as_long_as_the_parameters(theme: Theme) -> None:
    (bars,) = parameter_bars(PARTS, colours=COLOURS[theme]).data
    assert list(bars.x) == [60, 40, 0]
    assert [text.split()[-2] for text in bars.text] == ["60.0", "40.0", "0"]
    assert bars.hovertext[0] == "model.embed_tokens<br>60 parameters, 60.0 % of the model"
    assert bars.hovertext[1].startswith("model.layers.*.mlp in 12 layers<br>")


def test_a_modules_name_is_no_markup() -> None:
    figure = parameter_bars(PARTS, colours=COLOURS[Theme.LIGHT])
    said = [*figure.data[0].hovertext, *figure.layout.yaxis.ticktext]
    assert not any("<b>" in text for text in said)
    assert "&lt;b&gt;" in said[2]


def test_a_long_path_keeps_its_end() -> None:
    name = "bert.encoder.layer.*.attention.self.query"
    figure = parameter_bars([PartBar(name, 1, 1, "1")], colours=COLOURS[Theme.LIGHT])
    (shown,) = figure.layout.yaxis.ticktext
    assert len(shown) == NAME_CHARACTERS
    assert name.endswith(shown.removeprefix("…"))


def test_a_model_without_parameters_divides_by_nothing() -> None:
    (bars,) = parameter_bars([PartBar("x", 0, 1, "0")], colours=COLOURS[Theme.LIGHT]).data
    assert list(bars.x) == [0]


def test_the_words_are_handed_in() -> None:
    labels = {name: f"⟦{text}⟧" for name, text in LABELS.items()}
    (bars,) = parameter_bars(PARTS, colours=COLOURS[Theme.LIGHT], labels=labels).data
    assert all("⟦" in text for text in bars.hovertext)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0"),
        (768, "768"),
        (1_000, "1.0 k"),
        (98_304, "98.3 k"),
        (594_432, "594 k"),
        (10_368_554, "10.4 M"),
        (110_000_000, "110 M"),
        (7_240_000_000, "7,240 M"),
    ],
)
def test_counts_of_weights_have_digits_that_say_something(number: int, said: str) -> None:
    assert count(number) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0 bytes"),
        (301, "301 bytes"),
        (12_000, "12 kB"),
        (400_000, "0.4 MB"),
        (23_000_000, "23 MB"),
        (1_200_000_000, "1.2 GB"),
    ],
)
def test_sizes_have_one_unit(number: int, said: str) -> None:
    assert size(number) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-1, "just now"),
        (40, "40 s ago"),
        (600, "10 min ago"),
        (7200, "2 h ago"),
        (864000, "10 days ago"),
    ],
)
def test_times_are_said_roundly(seconds: float, said: str) -> None:
    assert ago(seconds) == said
