"""How numbers are written: one way for each kind, on every page."""

from __future__ import annotations

import math
from collections.abc import Mapping

LABELS: Mapping[str, str] = {
    "percent": "{value} %",
    "one_in": "1 in {count}",
}
"""The words in them, in English; a page hands in translations by these keys."""

# Below this a percentage has too many zeros to be read.
ONE_IN_BELOW = 1e-6
MINUS = "\u2212"


def percent(probability: float, labels: Mapping[str, str] = LABELS) -> str:
    """A probability: `12.3 %`, `1.65 %`, `0.0082 %`, `1 in 27,000,000`, `> 99.9 %`."""
    value = 100 * probability
    if probability <= 0:
        shown = "0"
    elif probability < ONE_IN_BELOW:
        return labels["one_in"].format(count=_two_digits(1 / probability))
    elif 99.95 <= value < 100:
        shown = "> 99.9"
    elif value >= 10:
        shown = f"{value:.1f}"
    else:
        # Two digits that say something, never fewer than two after the point.
        shown = f"{value:.{max(2, 1 - math.floor(math.log10(value)))}f}"
    return labels["percent"].format(value=shown)


def _two_digits(count: float) -> str:
    if not count < 1e15:
        return f"{count:.0e}"
    unit = 10 ** max(0, math.floor(math.log10(count)) - 1)
    return f"{round(count / unit) * unit:,.0f}"


def signed(value: float, digits: int = 2) -> str:
    """A number with a true minus sign."""
    return f"{value:.{digits}f}".replace("-", MINUS)
