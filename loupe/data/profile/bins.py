"""Bars that people can read and click: whole bounds, and the filter that shows a bar's rows."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from loupe.data.view.lengths import Lengths
from loupe.data.view.query import Filter, Length, Numbers, Unit

BINS_MAX = 20
# A linear scale would put most rows into its first bars where the longest is so many times p95.
LONG_TAIL = 2.0
_NICE_STEPS = (1, 2, 5)
_LOG_STEPS = (1, 1.5, 2, 3, 5, 7)


@dataclass(frozen=True, slots=True)
class Bin:
    """low, high: both included. filter: shows exactly these `count` rows."""

    low: float
    high: float
    count: int
    filter: Filter


@dataclass(frozen=True, slots=True)
class LengthProfile:
    """Of all texts that are not missing, empty ones too. p95: 95 % are no longer."""

    unit: Unit
    minimum: int
    median: float
    mean: float
    p95: float
    maximum: int
    bins: tuple[Bin, ...]


@dataclass(frozen=True, slots=True)
class NumberProfile:
    """Of all finite numbers. infinite: how many are not finite; nan counts as missing.

    std: the standard deviation of the rows themselves (division by their number).
    """

    minimum: float
    median: float
    mean: float
    std: float
    maximum: float
    infinite: int
    bins: tuple[Bin, ...]


def length_profile(lengths: Lengths, column: str, unit: Unit) -> LengthProfile | None:
    """lengths: (R,), below 0 where there is none. None where no row has a length."""
    there = lengths[lengths >= 0]
    if not len(there):
        return None
    p95 = float(np.percentile(there, 95))
    edges = _length_edges(int(there.max()), p95)  # (B + 1,), the last above all
    counts = np.diff(np.searchsorted(np.sort(there), edges))
    bins = tuple(
        Bin(low, high - 1, int(count), Length(column=column, unit=unit, low=low, high=high - 1))
        for low, high, count in zip(edges[:-1], edges[1:], counts, strict=True)
    )
    return LengthProfile(
        unit,
        int(there.min()),
        float(np.median(there)),
        float(there.mean()),
        p95,
        int(there.max()),
        bins,
    )


def number_profile(numbers: npt.NDArray[np.float64], column: str) -> NumberProfile | None:
    """numbers: (R,), nan where there is none. None where no number is finite."""
    there = np.sort(numbers[np.isfinite(numbers)])
    infinite = int(np.isinf(numbers).sum())
    if not len(there):
        return None
    low, high = float(there[0]), float(there[-1])
    with np.errstate(over="ignore", invalid="ignore"):
        median, mean, std = float(np.median(there)), float(there.mean()), float(there.std())
    bins = []
    whole = bool(np.all(there == np.floor(there)))
    for first, after in pairwise(_number_edges(low, high, least=1.0 if whole else 0.0)):
        # Filters include both ends: the last number before the next bar begins.
        last = math.nextafter(after, -math.inf)
        count = np.searchsorted(there, last, side="right") - np.searchsorted(there, first)
        bins.append(Bin(first, last, int(count), Numbers(column=column, low=first, high=last)))
    return NumberProfile(low, median, mean, std, high, infinite, tuple(bins))


def _length_edges(longest: int, p95: float) -> list[int]:
    if longest < BINS_MAX:
        return list(range(longest + 2))
    if longest < LONG_TAIL * p95:
        step = _nice_step((longest + 1) / BINS_MAX, least=1)
        return [int(step * i) for i in range(int(longest // step) + 2)]
    edges = [0, 1]
    scale = 1
    while edges[-1] <= longest:
        for step in _LOG_STEPS:
            edge = int(step * scale)
            if edge > edges[-1] and edges[-1] <= longest:
                edges.append(edge)
        scale *= 10
    return edges


def _number_edges(low: float, high: float, *, least: float) -> list[float]:
    one_bar = [low, math.nextafter(high, math.inf)]
    if low == high:
        return one_bar
    width = high / BINS_MAX - low / BINS_MAX  # the difference itself may overflow
    step = _nice_step(width, least=least)
    if step <= 0 or not math.isfinite(low / step):
        return one_bar
    first = float(math.floor(low / step))
    # Rounding may put the ends a hair inside: one bar more is never wrong.
    edges = [(first + i) * step for i in range(-1, BINS_MAX + 3)]
    begin = max((i for i, edge in enumerate(edges) if edge <= low), default=0)
    end = min((i for i, edge in enumerate(edges) if edge > high), default=len(edges) - 1)
    kept = [edge for edge in edges[begin : end + 1] if math.isfinite(edge)]
    if len(set(kept)) < max(2, len(kept)) or not kept[0] <= low <= high < kept[-1]:
        # Numbers so close together, or so large, that no nice bounds lie between them.
        return one_bar
    return kept


def _nice_step(width: float, *, least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, ... (and tenths) that is at least `width`."""
    if width <= least:
        return least
    power = 10.0 ** math.floor(math.log10(width))
    steps = [nice * power for nice in (*_NICE_STEPS, 10)]
    # None is large enough only where the width is next to nothing and the power is 0.
    return float(next((step for step in steps if step >= width * (1 - 1e-9)), 0.0))
