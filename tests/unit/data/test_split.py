"""Held out by the text alone: stable, and no text on both sides."""

from __future__ import annotations

from hashlib import sha256

import pytest
from datasets import Dataset
from hypothesis import given
from hypothesis import strategies as st

from loupe.data.spec import Role
from loupe.data.split import hold_out, limit, normalise
from loupe.errors import InvalidInput

texts = st.lists(st.sampled_from(["a b", "A  b", " a\tB ", "c", "d e", "f", "É", "é"]), min_size=1)


def rows_of(values: list[str]) -> Dataset:
    return Dataset.from_dict({"text": values, "row": list(range(len(values)))})


@given(texts | st.lists(st.text(), min_size=1), st.sampled_from([0.05, 0.3, 0.9]))
def test_no_text_is_on_both_sides_and_none_is_lost(values: list[str], share: float) -> None:
    if len({normalise(value) for value in values}) < 2:
        with pytest.raises(InvalidInput):
            hold_out(rows_of(values), Role.TEXT, share)
        return
    train, held_out = hold_out(rows_of(values), Role.TEXT, share)
    left = {normalise(text) for text in train["text"]}
    right = {normalise(text) for text in held_out["text"]}
    assert not left & right
    assert left
    assert right
    assert sorted([*train["row"], *held_out["row"]]) == list(range(len(values)))
    assert list(train["row"]) == sorted(train["row"])


@given(st.lists(st.text(alphabet="abcdefgh ", min_size=1), min_size=2, max_size=40), st.randoms())
def test_a_text_stays_on_its_side_when_other_rows_come_and_go(values: list[str], random) -> None:
    # A wide range of texts, so that the rule for few texts does not come in.
    fixed = [f"text {i}" for i in range(60)]
    _, before = hold_out(rows_of(fixed), Role.TEXT, 0.3)
    more = [*fixed, *values]
    random.shuffle(more)
    _, after = hold_out(rows_of(more), Role.TEXT, 0.3)
    assert set(before["text"]) <= set(after["text"])
    assert not (set(fixed) - set(before["text"])) & set(after["text"])


def test_the_rule_is_sha256_of_the_normalised_text() -> None:
    values = [f"Some  Text {i}" for i in range(1000)]
    _, held_out = hold_out(rows_of(values), Role.TEXT, 0.1)
    expected = [
        i
        for i in range(1000)
        if int(sha256(f"some text {i}".encode()).hexdigest()[:16], 16) / 2**64 < 0.1
    ]
    assert held_out["row"][:] == expected
    assert 70 < len(expected) < 130


def test_tokens_are_split_by_their_sentence() -> None:
    rows = Dataset.from_dict({"tokens": [["In", "Paris"], ["in", "paris"], ["Bye"], ["x"], ["y"]]})
    train, held_out = hold_out(rows, Role.TOKENS, 0.4)
    sides = [["In", "Paris"] in list(side["tokens"]) for side in (train, held_out)]
    assert sides == [["in", "paris"] in list(side["tokens"]) for side in (train, held_out)]


def test_a_share_of_nothing_holds_nothing_out() -> None:
    train, held_out = hold_out(rows_of(["a", "b"]), Role.TEXT, 0.0)
    assert (len(train), len(held_out)) == (2, 0)


def test_limit_draws_by_seed_keeps_order_and_takes_all_of_a_few() -> None:
    rows = rows_of([str(i) for i in range(100)])
    drawn = limit(rows, 10, seed=1)["row"][:]
    assert drawn == limit(rows, 10, seed=1)["row"][:] == sorted(set(drawn))
    assert len(drawn) == 10
    assert drawn != limit(rows, 10, seed=2)["row"][:]
    assert drawn != list(range(10))
    assert limit(rows, None, seed=1)["row"][:] == limit(rows, 100, seed=1)["row"][:]
