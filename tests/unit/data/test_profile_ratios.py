"""Ratios of lengths against plain division, and bars that show exactly their rows."""

from __future__ import annotations

import pyarrow as pa
import pytest

from loupe.data.profile.ratios import EDGES, measure_ratio
from loupe.data.view.cache import ResultCache
from loupe.errors import InvalidInput

SOURCES = ["four", "four", "four", "", None, "four", "four"]
TARGETS = ["four", "eight888", "x" * 200, "a", "b", "", None]


def test_every_row_with_both_sides_is_in_one_bar() -> None:
    table = pa.table({"a": SOURCES, "b": TARGETS})
    found = measure_ratio(table, "f", "a", "b", cache=ResultCache())
    assert found is not None
    assert (found.rows, found.counted) == (7, 3)
    assert (found.minimum, found.median, found.maximum) == (1.0, 2.0, 50.0)
    filled = {(one.low, one.high): one.rows.tolist() for one in found.bins if len(one.rows)}
    assert filled == {(0.95, 1.05): [0], (2, 3): [1], (10, None): [2]}
    assert found.bins[0].low == 0.95
    assert [one.low for one in found.bins] == list(EDGES[EDGES.index(0.95) :])


def test_of_several_targets_the_mean_counts() -> None:
    table = pa.table({"a": ["x" * 10, "y"], "b": [["12345", "123456789012345"], []]})
    found = measure_ratio(table, "g", "a", "b", cache=ResultCache())
    assert found is not None
    assert (found.counted, found.median) == (1, 1.0)


def test_a_source_in_pieces_is_one_text() -> None:
    table = pa.table({"a": [["12345", "1234"]], "b": [["12345", "12345"]]})
    found = measure_ratio(table, "j", "a", "b", cache=ResultCache())
    assert found is not None
    assert found.median == 0.5


def test_a_bar_ends_where_the_next_begins() -> None:
    table = pa.table({"a": ["ab", "abcd"], "b": ["abcd", "ab"]})
    found = measure_ratio(table, "h", "a", "b", cache=ResultCache())
    assert found is not None
    assert {one.low for one in found.bins if len(one.rows)} == {2, 0.5}


def test_without_a_pair_there_is_nothing_and_other_columns_are_refused() -> None:
    table = pa.table({"a": ["x", None], "b": [None, "y"], "n": [1, 2]})
    assert measure_ratio(table, "i", "a", "b", cache=ResultCache()) is None
    with pytest.raises(InvalidInput, match="n"):
        measure_ratio(table, "i", "a", "n", cache=ResultCache())
