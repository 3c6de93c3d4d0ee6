"""The colours of Loupe in light and dark: a scale for probability, one for surprisal, and kinds.

Each scale keeps one hue and moves in even steps of lightness in the OKLab space (Ottosson 2020,
"A perceptual color space for image processing", bottosson.github.io/posts/oklab), from the page's
background towards ink: an order that lightness alone carries survives every kind of colour
blindness and a grey printer (Harrower & Brewer 2003, "ColorBrewer.org", The Cartographic Journal
40(1)). Blue and orange are the pair of hues that stay apart for colour-blind eyes (Okabe & Ito
2008, "Color universal design"). The scales end where the theme's own text still has a contrast of
4.5:1 on them (WCAG 2.2, 1.4.3), so a chip never needs a second text colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from math import cos, isfinite, radians, sin

STEPS = 33
"""How many colours a table of a scale holds; neighbours differ less than an eye can tell."""

SURPRISAL_FULL_NATS = 12.0
"""The surprisal that gets the scale's last colour: a probability of 6 in a million."""


class Scale(StrEnum):
    """What a colour says."""

    PROBABILITY = "probability"
    SURPRISAL = "surprisal"


class Theme(StrEnum):
    """The page's base; the values are Streamlit's."""

    LIGHT = "light"
    DARK = "dark"


INK = {Theme.LIGHT: "#31333F", Theme.DARK: "#FAFAFA"}
"""The text colour on every colour of the scales: Streamlit's own of that theme."""


@dataclass(frozen=True, slots=True)
class _Ramp:
    """One hue in OKLCH (hue in degrees), lightness and chroma at 0 and at 1."""

    hue: float
    lightness: tuple[float, float]
    chroma: tuple[float, float]


_RAMPS = {
    (Scale.PROBABILITY, Theme.LIGHT): _Ramp(250.0, (0.970, 0.770), (0.010, 0.103)),
    (Scale.PROBABILITY, Theme.DARK): _Ramp(252.0, (0.250, 0.480), (0.016, 0.105)),
    (Scale.SURPRISAL, Theme.LIGHT): _Ramp(64.0, (0.972, 0.780), (0.012, 0.128)),
    (Scale.SURPRISAL, Theme.DARK): _Ramp(58.0, (0.250, 0.480), (0.016, 0.098)),
}


def probability_colour(p: float, theme: Theme) -> str:
    """The CSS colour of a probability in [0, 1]. Raises ValueError outside of it."""
    return scale_colour(Scale.PROBABILITY, p, theme)


def surprisal_colour(surprisal_nats: float, theme: Theme) -> str:
    """The CSS colour of a surprisal in nats, [0, inf]; from SURPRISAL_FULL_NATS on it is the last.

    Raises ValueError for a negative number or NaN.
    """
    return scale_colour(Scale.SURPRISAL, surprisal_fraction(surprisal_nats), theme)


def surprisal_fraction(surprisal_nats: float) -> float:
    """Where a surprisal in nats stands on its scale, 0 to 1.

    Raises ValueError for a negative number or NaN.
    """
    if not surprisal_nats >= 0.0:
        raise ValueError(f"a surprisal is at least 0 nats, not {surprisal_nats}")
    return min(surprisal_nats / SURPRISAL_FULL_NATS, 1.0)


def scale_colour(scale: Scale, fraction: float, theme: Theme) -> str:
    """The CSS colour (`#rrggbb`) at a fraction in [0, 1] of a scale.

    Raises ValueError outside of it.
    """
    if not (isfinite(fraction) and 0.0 <= fraction <= 1.0):
        raise ValueError(f"a scale goes from 0 to 1, not to {fraction}")
    ramp = _RAMPS[scale, theme]
    lightness = _between(ramp.lightness, fraction)
    chroma = _between(ramp.chroma, fraction)
    return _oklch_to_hex(lightness, chroma, ramp.hue)


@cache
def table(scale: Scale, theme: Theme) -> tuple[str, ...]:
    """STEPS colours of a scale, evenly spaced from 0 to 1."""
    return tuple(scale_colour(scale, i / (STEPS - 1), theme) for i in range(STEPS))


def plotly_colourscale(scale: Scale, theme: Theme) -> list[tuple[float, str]]:
    """The same scale as plotly's `colorscale` argument."""
    return [(i / (STEPS - 1), colour) for i, colour in enumerate(table(scale, theme))]


@dataclass(frozen=True, slots=True)
class KindColour:
    """The CSS colours of one kind of thing: behind its text, and of its line."""

    fill: str
    line: str


# Hue and how far the fill's lightness moves from the theme's own: neighbours differ in both, since
# some eyes see a red and a green of equal lightness as one. Hues near Okabe & Ito's.
_KINDS = ((250.0, 0.0), (65.0, 0.05), (165.0, -0.03), (345.0, 0.03), (105.0, 0.06), (290.0, -0.02))
_KIND_FILL = {Theme.LIGHT: (0.885, 0.062), Theme.DARK: (0.365, 0.058)}  # lightness, chroma
_KIND_LINE = {Theme.LIGHT: (0.520, 0.120), Theme.DARK: (0.760, 0.105)}
KINDS = len(_KINDS)


@cache
def kind_colours(theme: Theme) -> tuple[KindColour, ...]:
    """KINDS colours for things that have no order. Colour never says it alone: write the name."""
    fill, line = _KIND_FILL[theme], _KIND_LINE[theme]
    return tuple(
        KindColour(
            _oklch_to_hex(fill[0] + shift, fill[1], hue), _oklch_to_hex(line[0], line[1], hue)
        )
        for hue, shift in _KINDS
    )


def _between(ends: tuple[float, float], fraction: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * fraction


def _oklch_to_hex(lightness: float, chroma: float, hue_degrees: float) -> str:
    """OKLCH to sRGB, with Ottosson's published matrices; what leaves the gamut is clipped."""
    a = chroma * cos(radians(hue_degrees))
    b = chroma * sin(radians(hue_degrees))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    linear = (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )
    return "#" + "".join(f"{round(255 * _gamma(channel)):02x}" for channel in linear)


def _gamma(linear: float) -> float:
    """The sRGB transfer function (IEC 61966-2-1)."""
    clipped = min(max(linear, 0.0), 1.0)
    if clipped <= 0.0031308:
        return 12.92 * clipped
    return float(1.055 * clipped ** (1 / 2.4) - 0.055)
