"""How long targets are, measured by their sources: of translations and of summaries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loupe.data.view.cache import RESULTS, ResultCache
from loupe.data.view.columns import MEASURED, Column, Kind, column_named, wrong_kind
from loupe.data.view.duck import IsCancelled, never
from loupe.data.view.scan import kept_lengths

# Even steps on a scale where twice as long is as far from 1 as half as long.
EDGES = (0.0, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95, 1.05, 1.25, 1.5, 2, 3, 5, 10)


@dataclass(frozen=True, slots=True, eq=False)
class RatioBin:
    """Rows whose target is low to high times as long; high itself is the next bin's.

    high: None for the last. rows: ids, in order.
    """

    low: float
    high: float | None
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class RatioProfile:
    """Ratios of characters, target over source; of several targets of one row their mean.

    counted: rows with both sides; those of `rows` that lack one have no ratio.
    """

    rows: int
    counted: int
    minimum: float
    median: float
    maximum: float
    bins: tuple[RatioBin, ...]


def measure_ratio(
    table: pa.Table,
    fingerprint: str,
    source: str,
    target: str,
    *,
    cancelled: IsCancelled = never,
    cache: ResultCache = RESULTS,
) -> RatioProfile | None:
    """Over all rows; None where no row has both sides. Empty bins at the ends are left out.

    Raises InvalidInput where a column holds no texts, and Cancelled.
    """
    sides = []
    for name, several in ((source, False), (target, True)):
        column = column_named(table.schema, name)
        if column.kind not in MEASURED:
            raise wrong_kind(column, "length", table.schema, MEASURED)
        sides.append(_characters(table, fingerprint, column, several, cancelled, cache))
    there = np.flatnonzero((sides[0] > 0) & (sides[1] > 0))
    if not len(there):
        return None
    ratios = sides[1][there] / sides[0][there]
    place = np.searchsorted(np.array(EDGES), ratios, side="right") - 1
    ends = (*EDGES[1:], None)
    bins = [
        RatioBin(EDGES[i], ends[i], there[place == i].astype(np.int64))
        for i in range(int(place.min()), int(place.max()) + 1)
    ]
    return RatioProfile(
        rows=table.num_rows,
        counted=len(there),
        minimum=float(ratios.min()),
        median=float(np.median(ratios)),
        maximum=float(ratios.max()),
        bins=tuple(bins),
    )


def _characters(
    table: pa.Table,
    fingerprint: str,
    column: Column,
    several: bool,
    cancelled: IsCancelled,
    cache: ResultCache,
) -> npt.NDArray[np.float64]:
    """(R,) of a row's text; at most 0 where there is none.

    several: a list holds texts of which each is the whole, and their mean counts; else its items
    are parts of one text.
    """
    measure = kept_lengths(fingerprint, cancelled=cancelled, cache=cache)
    characters = measure(table, column, "characters").astype(np.float64)
    if column.kind is not Kind.TEXTS or not several:
        return characters
    items = measure(table, column, "words").astype(np.float64)
    between = np.maximum(items - 1, 0)
    return np.where(items > 0, (characters - between) / np.maximum(items, 1), items)
