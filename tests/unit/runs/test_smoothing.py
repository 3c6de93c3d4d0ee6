"""Curves made smooth, and cut to what a screen shows."""

from __future__ import annotations

import pytest

from loupe.runs.smoothing import smoothed, thinned


def test_each_value_is_the_weighted_mean_of_all_before() -> None:
    values = [3.0, 1.0, 4.0, 1.0, 5.0]
    found = smoothed(values, 0.6)
    for i in range(len(values)):
        weights = [0.6 ** (i - j) for j in range(i + 1)]
        mean = sum(w * v for w, v in zip(weights, values, strict=False)) / sum(weights)
        assert found[i] == pytest.approx(mean)
    assert found[0] == 3.0, "the first is not drawn towards zero"


def test_without_weight_nothing_changes() -> None:
    assert smoothed([2.0, 7.0], 0.0) == [2.0, 7.0]


def test_a_gap_stays_a_gap_and_weighs_nothing() -> None:
    assert smoothed([1.0, None, 3.0], 0.5) == [1.0, None, pytest.approx((0.5 + 3.0) / 1.5)]
    assert smoothed([], 0.5) == []


@pytest.mark.parametrize("weight", [-0.1, 1.0, float("nan")])
def test_a_weight_of_one_would_be_no_mean(weight: float) -> None:
    with pytest.raises(ValueError, match="below 1"):
        smoothed([1.0], weight)


def test_few_points_stay_all_of_them() -> None:
    assert thinned([1, 2, 3], 3) == [1, 2, 3]


@pytest.mark.parametrize(("size", "most"), [(10, 4), (10_000, 1_500), (3, 2)])
def test_of_many_points_the_ends_are_kept(size: int, most: int) -> None:
    kept = thinned(range(size), most)
    assert len(kept) == most
    assert (kept[0], kept[-1]) == (0, size - 1)
    assert kept == sorted(set(kept)), "in order, none twice"
