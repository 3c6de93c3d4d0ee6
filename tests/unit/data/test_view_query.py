"""Queries as links: plain JSON both ways, damaged ones refused."""

from __future__ import annotations

from typing import Any

import pytest

from loupe.data.view import Length, Missing, Search, Sort, Values, ViewQuery
from loupe.errors import InvalidInput


def test_a_query_goes_through_json_and_back() -> None:
    query = ViewQuery(
        search=Search(text="é\n", mode="word", case=True, columns=("a", "")),
        filters=(
            Values(column="x", values=(1, "1", True, 0.5)),
            Missing(column="x"),
            Length(column="x"),
        ),
        sort=Sort(column="x", by="words", descending=True),
    )
    again = ViewQuery.from_dict(query.to_dict())
    assert again == query
    assert hash(again) == hash(query)
    assert [type(v) for v in again.filters[0].values] == [int, str, bool, float]  # type: ignore[union-attr]


def test_version_1_of_a_link_still_opens() -> None:
    plain = {"schema_version": 1, "filters": [{"filter": "length", "column": "t", "low": 3}]}
    assert ViewQuery.from_dict(plain).filters == (Length(column="t", low=3),)


@pytest.mark.parametrize(
    "plain",
    [
        {"schema_version": 2},
        {"searched": {}},
        {"search": {"text": 1}},
        {"search": {"text": ""}},
        {"search": {"text": "\ud800"}},
        {"filters": [{"filter": "gone"}]},
        {"filters": [{"filter": "length", "column": "a", "low": 3, "high": 2}]},
        {"filters": [{"filter": "numbers", "column": "a", "low": float("nan")}]},
        {"sort": {"column": "a", "by": "colour"}},
    ],
)
def test_a_damaged_link_is_refused(plain: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        ViewQuery.from_dict(plain)
