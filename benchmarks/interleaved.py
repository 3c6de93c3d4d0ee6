"""Two ways timed in turns, so that whatever else the machine does falls on both alike."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Seconds of the two ways, run right after each other."""

    ours_s: float
    theirs_s: float

    @property
    def ratio(self) -> float:
        return self.ours_s / self.theirs_s


def time_pairs(
    ours: Callable[[], object], theirs: Callable[[], object], *, pairs: int, warm_ups: int = 3
) -> list[Pair]:
    """Time both `pairs` times; the order within a pair changes each time."""
    for _ in range(warm_ups):
        ours()
        theirs()
    timed = []
    for number in range(pairs):
        if number % 2:
            theirs_s, ours_s = _seconds(theirs), _seconds(ours)
        else:
            ours_s, theirs_s = _seconds(ours), _seconds(theirs)
        timed.append(Pair(ours_s, theirs_s))
    return timed


def median_ratio(pairs: list[Pair]) -> float:
    return statistics.median(pair.ratio for pair in pairs)


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
