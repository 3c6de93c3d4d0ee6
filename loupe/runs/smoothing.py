"""A curve that an eye can follow, beside the raw one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def smoothed(values: Sequence[float | None], weight: float) -> list[float | None]:
    """An exponential moving average without its bias towards the start; 0 <= weight < 1.

    The mean of all values so far, each weighing `weight` times less than the one after it. Where
    there is no value there is none in the result, and it weighs nothing.
    Source: Kingma & Ba 2015, section 3 (the correction), as TensorBoard smooths.
    """
    if not 0.0 <= weight < 1.0:
        raise ValueError(f"a weight is at least 0 and below 1, not {weight}")
    total, weights = 0.0, 0.0
    result: list[float | None] = []
    for value in values:
        if value is None:
            result.append(None)
            continue
        total = weight * total + value
        weights = weight * weights + 1.0
        result.append(total / weights)
    return result


def thinned(points: Sequence[T], most: int) -> list[T]:
    """At most `most` of the points, evenly apart, always with the first and the last."""
    assert most >= 2
    if len(points) <= most:
        return list(points)
    last = len(points) - 1
    return [points[round(i * last / (most - 1))] for i in range(most)]
