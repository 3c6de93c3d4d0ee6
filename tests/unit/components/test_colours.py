"""The colour scales: order, contrast and colour-blind safety over their whole length."""

from itertools import pairwise

import pytest

from components.colours import (
    INK,
    STEPS,
    SURPRISAL_FULL_NATS,
    Scale,
    Theme,
    plotly_colourscale,
    probability_colour,
    scale_colour,
    surprisal_colour,
    surprisal_fraction,
    table,
)

MIN_CONTRAST = 4.5  # WCAG 2.2, success criterion 1.4.3

# Full dichromacy on linear RGB: Machado, Oliveira & Fernandes 2009, table 1, severity 1.0.
SIGHT = {
    "usual": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
EVERY_SCALE = [(scale, theme) for scale in Scale for theme in Theme]


def linear_rgb(colour: str) -> list[float]:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    return [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]


def luminance(rgb: list[float]) -> float:
    return 0.2126 * rgb[0] + 0.7152 * rgb[1] + 0.0722 * rgb[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted(luminance(linear_rgb(colour)) for colour in (one, other))
    return (high + 0.05) / (low + 0.05)


def seen(colour: str, sight: str) -> list[float]:
    rgb = linear_rgb(colour)
    return [sum(w * c for w, c in zip(row, rgb, strict=True)) for row in SIGHT[sight]]


def lightness(rgb: list[float]) -> float:
    """CIE L* of linear RGB."""
    y = luminance(rgb)
    return 116 * y ** (1 / 3) - 16 if y > 0.008856 else 903.3 * y


@pytest.mark.parametrize(("scale", "theme"), EVERY_SCALE)
def test_text_stays_readable_on_every_colour(scale: Scale, theme: Theme) -> None:
    worst = min(contrast(scale_colour(scale, i / 1000, theme), INK[theme]) for i in range(1001))
    assert worst >= MIN_CONTRAST


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize(("scale", "theme"), EVERY_SCALE)
def test_lightness_alone_carries_the_order(scale: Scale, theme: Theme, sight: str) -> None:
    steps = [lightness(seen(colour, sight)) for colour in table(scale, theme)]
    direction = -1 if theme is Theme.LIGHT else 1
    changes = [direction * (after - before) for before, after in pairwise(steps)]
    assert min(changes) > 0
    assert sum(changes) > 20  # the ends are far apart
    assert max(changes) < 3 * sum(changes) / len(changes)  # and nowhere is there a jump


@pytest.mark.parametrize("sight", SIGHT)
@pytest.mark.parametrize("theme", Theme)
def test_the_two_scales_cannot_be_confused(theme: Theme, sight: str) -> None:
    probability = seen(probability_colour(1.0, theme), sight)
    surprisal = seen(surprisal_colour(SURPRISAL_FULL_NATS, theme), sight)
    assert max(abs(a - b) for a, b in zip(probability, surprisal, strict=True)) > 0.1


def test_a_surprisal_beyond_the_scale_takes_its_last_colour() -> None:
    last = surprisal_colour(SURPRISAL_FULL_NATS, Theme.LIGHT)
    assert surprisal_colour(float("inf"), Theme.LIGHT) == last
    assert surprisal_colour(SURPRISAL_FULL_NATS / 2, Theme.LIGHT) != last
    assert surprisal_fraction(0.0) == 0.0


@pytest.mark.parametrize("value", [-0.01, 1.01, float("nan"), float("inf")])
def test_a_probability_outside_of_0_to_1_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        probability_colour(value, Theme.DARK)


@pytest.mark.parametrize("value", [-0.01, float("nan")])
def test_a_negative_surprisal_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="at least 0 nats"):
        surprisal_colour(value, Theme.DARK)


def test_the_figures_get_the_same_colours_as_the_strip() -> None:
    scale = plotly_colourscale(Scale.PROBABILITY, Theme.LIGHT)
    assert scale[0] == (0.0, probability_colour(0.0, Theme.LIGHT))
    assert scale[-1] == (1.0, probability_colour(1.0, Theme.LIGHT))
    assert [colour for _, colour in scale] == list(table(Scale.PROBABILITY, Theme.LIGHT))
    assert len(scale) == STEPS
