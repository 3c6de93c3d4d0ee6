"""Cards of columns, their bars as filters, diversity and coverage, against plain counting."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datasets import ClassLabel, Features, Value
from hypothesis import example, given, settings
from hypothesis import strategies as st

from loupe.data.profile import (
    ColumnCard,
    measure_coverage,
    measure_diversity,
    measure_label_coverage,
    profile_columns,
)
from loupe.data.profile.bins import length_profile, number_profile
from loupe.data.profile.diversity import DistinctCounter
from loupe.data.profile.words import words_of
from loupe.data.view import ViewQuery, row_ids
from loupe.data.view.cache import ResultCache
from loupe.data.view.columns import Kind
from loupe.errors import Cancelled, InvalidInput

FEATURES = Features(
    {
        "text": Value("string"),
        "label": ClassLabel(names=["spam", "ham", "never"]),
        "topic": Value("string"),
        "score": Value("float64"),
        "stars": Value("int32"),
        "fine": Value("bool"),
        "tags": [ClassLabel(names=["O", "B-X"])],
        "tokens": [Value("string")],
        "meta": {"n": Value("int64")},
        "nothing": Value("string"),
    }
)

RAN = "the CAT ran away from home today."


def make_table(rows: int = 300) -> pa.Table:
    draw = np.random.default_rng(0)
    long_tail = [1 + int(n) for n in draw.lognormal(3, 1.2, rows)]
    texts: list[str | None] = ["word " * n for n in long_tail]
    texts[:4] = [None, "", " \n", "one"]
    columns: list[list[Any]] = [
        texts,
        [None if i == 7 else 9 if i == 8 else i % 2 for i in range(rows)],
        [f"topic {i % 5}" for i in range(rows)],
        [0.5, float("nan"), float("inf"), *draw.normal(0, 1e-3, rows - 3)],
        [i % 5 + 1 for i in range(rows)],
        [None if i == 0 else i % 3 == 0 for i in range(rows)],
        [[0, 1, 1] if i % 2 else [0] for i in range(rows)],
        [[f"w{i}", f"v{i}"] for i in range(rows)],
        [{"n": i} for i in range(rows)],
        [None] * rows,
    ]
    schema = FEATURES.arrow_schema
    arrays = [pa.array(v, f.type) for v, f in zip(columns, schema, strict=True)]
    whole = pa.table(arrays, schema=schema)
    return pa.concat_tables([whole.slice(i, 64) for i in range(0, rows, 64)])


def cards_of(table: pa.Table) -> dict[str, ColumnCard]:
    return {card.name: card for card in profile_columns(table, "f", cache=ResultCache())}


def filtered(table: pa.Table, chosen: Any) -> int:
    return len(row_ids(table, "f", ViewQuery(filters=(chosen,)), cache=ResultCache()))


def test_a_card_says_what_all_rows_hold() -> None:
    table = make_table()
    cards = cards_of(table)
    text = cards["text"]
    assert (text.kind, text.rows, text.label_like) == (Kind.TEXT, 300, False)
    assert [text.null.count, text.empty.count, text.blank.count] == [1, 1, 1]
    texts = [t for t in table["text"].to_pylist() if t is not None]
    assert text.unique == len(set(texts))
    assert text.unique_exact
    assert text.characters is not None
    lengths = [len(t) for t in texts]
    assert text.characters.maximum == max(lengths)
    assert text.characters.mean == pytest.approx(np.mean(lengths))
    assert text.characters.p95 == pytest.approx(np.percentile(lengths, 95))
    assert text.words is not None
    assert text.words.median == np.median([len(t.split()) for t in texts])
    assert cards["score"].null.count == 1
    assert cards["score"].numbers is not None
    assert cards["score"].numbers.infinite == 1
    assert cards["stars"].label_like
    assert cards["meta"].unique is None
    assert (cards["nothing"].null.count, cards["nothing"].unique) == (300, 0)
    assert cards["nothing"].characters is None
    assert cards["tokens"].values is None


def test_every_bar_shows_exactly_the_rows_it_counts() -> None:
    table = make_table()
    seen = 0
    for card in cards_of(table).values():
        bars: list[Any] = [card.null, card.empty, card.blank]
        for profile in (card.characters, card.words, card.numbers):
            bars += profile.bins if profile is not None else ()
        bars += card.values.most if card.values is not None else ()
        for bar in bars:
            assert filtered(table, bar.filter) == bar.count, (card.name, bar)
        seen += len(bars)
    assert seen > 100


def test_bars_together_are_all_rows_and_leave_no_gap() -> None:
    card = cards_of(make_table())["text"]
    for profile in (card.characters, card.words):
        assert profile is not None
        assert sum(bar.count for bar in profile.bins) == 299
        assert all(a.high + 1 == b.low for a, b in pairwise(profile.bins))
        assert len(profile.bins) <= 40


def test_labels_go_by_name_and_ids_without_a_name_are_said() -> None:
    counted = cards_of(make_table())["label"].values
    assert counted is not None
    found = {entry.value: (entry.label, entry.known, entry.count) for entry in counted.most}
    assert found == {
        0: ("spam", True, 149),
        1: ("ham", True, 149),
        9: (None, False, 1),
        2: ("never", True, 0),
    }


def test_beyond_the_most_frequent_values_the_rest_is_one_bar() -> None:
    values = [f"v{i % 150}" for i in range(450)] + ["v0"] * 9
    table = pa.table({"topic": values})
    counted = cards_of(table)["topic"].values
    assert counted is not None
    assert (counted.distinct, counted.rest_values, len(counted.most)) == (150, 50, 100)
    assert counted.most[0].value == "v0"
    assert counted.rest_rows == 150
    assert filtered(table, counted.rest_filter) == 150


def test_an_empty_table_has_cards() -> None:
    for card in cards_of(make_table().slice(0, 0)).values():
        assert card.rows == 0
        assert card.characters is None
        assert card.numbers is None


def test_a_card_is_made_once_and_the_work_can_be_cancelled() -> None:
    cache, steps = ResultCache(), []
    table = make_table()
    first = profile_columns(table, "f", cache=cache, progress=lambda *at: steps.append(at))
    assert steps[0] == (0, 10)
    assert steps[-1] == (10, 10)
    again = profile_columns(table, "f", cache=cache)
    assert all(a is b for a, b in zip(first, again, strict=True))
    with pytest.raises(Cancelled):
        profile_columns(table, "g", cache=cache, cancelled=lambda: True)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=20))
@example([-1.7e308, 1.7e308])
@example([5e-324, 0.0])
@example([0.1 + 0.2, 0.3])
@example([1e16, 1e16 + 2])
def test_every_number_is_in_exactly_one_bar(numbers: list[float]) -> None:
    profile = number_profile(np.array(numbers), "n")
    assert profile is not None
    assert sum(bar.count for bar in profile.bins) == len(numbers)
    for number in numbers:
        assert sum(bar.low <= number <= bar.high for bar in profile.bins) == 1


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(-1, 5000), min_size=1, max_size=30))
def test_every_length_is_in_exactly_one_bar(lengths: list[int]) -> None:
    profile = length_profile(np.array(lengths, np.int32), "n", "words")
    there = [n for n in lengths if n >= 0]
    assert (profile is None) == (not there)
    for n in there:
        assert profile is not None
        assert sum(bar.low <= n <= bar.high for bar in profile.bins) == 1
    assert profile is None or sum(bar.count for bar in profile.bins) == len(there)


def test_diversity_is_that_of_counting_by_hand() -> None:
    texts = ["The cat sat. The cat sat.", None, RAN, "中文中"] * 2
    table = pa.table({"text": texts})
    found = measure_diversity(table, "text")
    ran = RAN.lower().rstrip(".").split()
    rows = [["the", "cat", "sat"] * 2, ran, list("中文中")] * 2
    for n in (1, 2, 3):
        grams = [tuple(r[i : i + n]) for r in rows for i in range(len(r) - n + 1)]
        assert found.distinct[n] == pytest.approx(len(set(grams)) / len(grams))
    assert found.vocabulary == len({w for r in rows for w in r})
    assert found.words == 32
    assert not found.estimated
    (repeated,) = found.repeated
    assert (repeated.text, repeated.rows, repeated.times) == (
        RAN,
        2,
        2,
    )
    hits = row_ids(table, "f", ViewQuery(search=repeated.search), cache=ResultCache())
    assert hits.tolist() == [2, 6]


@given(st.text(st.characters(max_codepoint=127)))
@example("It's John's rock'n'roll, 'quoted' snake_case 3.5")
def test_words_of_ascii_are_those_of_any_script(text: str) -> None:
    # The last word takes the text out of ASCII, and the slower way.
    assert [*words_of(text), "é"] == words_of(text + " é")


def test_a_sample_says_that_it_is_one() -> None:
    table = pa.table({"text": [f"row {i}" if i % 9 else "row" for i in range(400)]})
    found = measure_diversity(table, "text", sample=100)
    assert found.estimated
    assert found.rows_read == 100
    assert found == measure_diversity(table, "text", sample=100)
    assert found != measure_diversity(table, "text", sample=100, seed=1)
    assert not measure_diversity(table, "text", sample=None).estimated
    with pytest.raises(Cancelled):
        measure_diversity(table, "text", sample=None, cancelled=lambda: True)
    with pytest.raises(InvalidInput):
        measure_diversity(pa.table({"n": [1]}), "n")


def test_many_different_hashes_are_estimated_in_bounded_memory() -> None:
    counter = DistinctCounter(held_max=5000)
    hashes = np.random.default_rng(0).integers(0, 2**64, 200_000, dtype=np.uint64)
    for part in np.split(hashes, 20):
        counter.add(part)
        counter.add(part)
    assert not counter.exact
    assert counter.count == pytest.approx(200_000, rel=0.05)


def test_coverage_is_that_of_counting_by_hand() -> None:
    train = pa.table({"text": ["a b c", None, "d"], "label": ["x", "y", None]})
    test = pa.table({"text": ["a a b Z", "q"], "label": ["x", "z"]})
    found = measure_coverage(train, test, "text")
    tokens = Counter(["a", "a", "b", "z", "q"])
    assert found.type_share == pytest.approx(2 / len(tokens))
    assert found.token_share == pytest.approx(3 / 5)
    assert found.unseen == (("q", 1), ("z", 1))
    assert not found.estimated
    assert measure_coverage(train, test, "text", sample=1).estimated
    labels = measure_label_coverage(train, test, "label")
    assert (labels.only_train, labels.only_test) == (("y",), ("z",))
