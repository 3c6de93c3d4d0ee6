"""A query over a table: the ids of its rows, all of them or the first few at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loupe.data.view.cache import RESULTS, ResultCache
from loupe.data.view.columns import Column
from loupe.data.view.duck import IsCancelled, never, raise_if
from loupe.data.view.filters import RowSets, check_filter, filter_mask
from loupe.data.view.lengths import Lengths, lengths_of
from loupe.data.view.order import check_sort, in_order, sort_keys
from loupe.data.view.query import Unit, ViewQuery
from loupe.data.view.search import Mask, check_search, search_mask

Ids = npt.NDArray[np.int64]

NO_ROW_SETS: RowSets = MappingProxyType({})
_FIRST_BLOCK_ROWS = 2048
_BLOCK_GROWTH = 4


@dataclass(frozen=True, slots=True)
class FirstHits:
    """ids: (N,) in the file's order. scanned: rows looked at; complete: the hits are all."""

    ids: Ids
    scanned: int
    complete: bool


def check(query: ViewQuery, schema: pa.Schema, row_sets: RowSets = NO_ROW_SETS) -> None:
    """Raises InvalidInput where the query cannot be asked of a table of this schema."""
    if query.search is not None:
        check_search(query.search, schema)
    for chosen in query.filters:
        check_filter(chosen, schema, row_sets)
    if query.sort is not None:
        check_sort(query.sort, schema)


def row_ids(
    table: pa.Table,
    fingerprint: str,
    query: ViewQuery,
    *,
    row_sets: RowSets = NO_ROW_SETS,
    cancelled: IsCancelled = never,
    cache: ResultCache = RESULTS,
) -> Ids:
    """The rows that pass, from 0, in the order that was asked for or else the file's; read-only.

    fingerprint: of the table; results are kept under it. row_sets: what `Rows` filters stand for.
    Raises InvalidInput, Cancelled, OutOfMemory.
    """
    check(query, table.schema, row_sets)

    def compute() -> Ids:
        parts = _masks(table, fingerprint, query, row_sets, cancelled, cache)
        ids: Ids
        if parts:
            ids = np.flatnonzero(np.logical_and.reduce(parts)).astype(np.int64, copy=False)
        else:
            ids = np.arange(table.num_rows, dtype=np.int64)
        sort = query.sort
        if sort is None:
            return ids
        by = sort.model_copy(update={"descending": False}).model_dump_json()
        keys = cache.get(
            (fingerprint, "keys", by),
            lambda: sort_keys(
                table,
                sort,
                measure=kept_lengths(fingerprint, cancelled=cancelled, cache=cache),
                cancelled=cancelled,
            ),
            cancelled=cancelled,
        )
        raise_if(cancelled)
        return in_order(ids, keys, descending=sort.descending)

    return cache.get((fingerprint, "ids", query.model_dump_json()), compute, cancelled=cancelled)


def first_hits(
    table: pa.Table,
    query: ViewQuery,
    n: int,
    *,
    row_sets: RowSets = NO_ROW_SETS,
    cancelled: IsCancelled = never,
) -> FirstHits:
    """The first n rows that pass, in the file's order whatever the query's, for showing at once.

    Blocks are scanned until there are enough, each several times as long as the one before.
    Raises what `row_ids` raises.
    """
    check(query, table.schema, row_sets)
    found: list[Ids] = []
    count = start = 0
    rows = _FIRST_BLOCK_ROWS
    while start < table.num_rows and count < n:
        raise_if(cancelled)
        block = table.slice(start, rows)
        mask = np.ones(block.num_rows, dtype=bool)
        for chosen in query.filters:
            mask &= filter_mask(block, chosen, row_sets, first_row=start, cancelled=cancelled)
        if query.search is not None and mask.any():
            columns = check_search(query.search, table.schema)
            mask &= search_mask(block, columns, query.search, cancelled=cancelled)
        found.append(np.flatnonzero(mask) + start)
        count += len(found[-1])
        start += block.num_rows
        rows *= _BLOCK_GROWTH
    ids = np.concatenate([np.zeros(0, dtype=np.int64), *found])
    return FirstHits(ids[:n], start, start >= table.num_rows and count <= n)


def kept_lengths(
    fingerprint: str, *, cancelled: IsCancelled = never, cache: ResultCache = RESULTS
) -> Callable[[pa.Table, Column, Unit], Lengths]:
    """Lengths that are counted once a column; for whole tables only, never for slices."""

    def measure(table: pa.Table, column: Column, unit: Unit) -> Lengths:
        return cache.get(
            (fingerprint, "lengths", column.position, unit),
            lambda: lengths_of(table, column, unit, cancelled=cancelled),
            cancelled=cancelled,
        )

    return measure


def _masks(
    table: pa.Table,
    fingerprint: str,
    query: ViewQuery,
    row_sets: RowSets,
    cancelled: IsCancelled,
    cache: ResultCache,
) -> list[Mask]:
    """Of each filter and the search, each kept by itself: they are combined in many ways."""
    measure = kept_lengths(fingerprint, cancelled=cancelled, cache=cache)
    masks = []
    for chosen in query.filters:
        # The name of a set of rows says nothing about which they are.
        key = json.dumps(chosen.model_dump(mode="json", exclude={"name"}), sort_keys=True)
        compute = partial(
            filter_mask, table, chosen, row_sets, measure=measure, cancelled=cancelled
        )
        masks.append(cache.get((fingerprint, "filter", key), compute, cancelled=cancelled))
    search = query.search
    if search is not None:
        columns = check_search(search, table.schema)
        masks.append(
            cache.get(
                (fingerprint, "search", search.model_dump_json()),
                lambda: search_mask(table, columns, search, cancelled=cancelled),
                cancelled=cancelled,
            )
        )
    return masks
