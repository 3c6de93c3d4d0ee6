"""What a normaliser did is found place by place, and named by what was lost."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer, models, normalizers

from loupe.tokenization.changes import losses
from loupe.tokenization.differences import differences
from loupe.tokenization.fast import fast_stages
from loupe.tokenization.records import Loss

CASES = [
    ("Z", "z", {Loss.CASE}),
    ("é", "e", {Loss.ACCENTS}),
    ("É", "e", {Loss.CASE, Loss.ACCENTS}),
    ("ﬁ", "fi", {Loss.FORM}),
    ("e\u0301", "é", {Loss.FORM}),
    ("Ｆ", "f", {Loss.FORM, Loss.CASE}),
    ("\n", " ", {Loss.SPACE}),
    ("  ", " ", {Loss.SPACE}),
    ("\u200b", "", {Loss.CONTROL}),
    ("\x00", "", {Loss.CONTROL}),
    ("\u0301", "", {Loss.ACCENTS}),
    ("中", " 中 ", {Loss.SPACE}),
    ("x", "y", {Loss.OTHER}),
    ("ß", "ss", {Loss.OTHER}),
    (" ", "▁", set()),  # the sign for a space is one
    ("a", "a", set()),
]


def _name(value: str | set[Loss]) -> str:
    """The same in every process: a set has no order of its own."""
    return repr(value) if isinstance(value, str) else "+".join(sorted(value))


@pytest.mark.parametrize(("before", "after", "expected"), CASES, ids=_name)
def test_a_change_is_named_by_the_fewest_losses(
    before: str, after: str, expected: set[Loss]
) -> None:
    found = losses(before, after)
    assert set(found) == expected
    assert len(found) == len(expected)


def changes_of(normalizer: Any, text: str) -> list[tuple[str, str]]:
    tokenizer = Tokenizer(models.WordLevel({"?": 0}, unk_token="?"))
    tokenizer.normalizer = normalizer
    stages, _tokens = fast_stages(tokenizer, text)
    return [(change.before, change.after) for change in stages.changes]


def test_neighbours_that_lost_the_same_are_one_change() -> None:
    assert changes_of(normalizers.Lowercase(), "one TWO three F") == [("TWO", "two"), ("F", "f")]


def test_an_accent_goes_into_its_letter_or_away() -> None:
    assert changes_of(normalizers.NFC(), "e\u0301a") == [("e\u0301", "é")]
    stripped = normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()])
    assert changes_of(stripped, "e\u0301a é") == [("\u0301", ""), ("é", "e")]


def test_what_is_put_in_or_taken_away_at_the_ends_is_found() -> None:
    assert changes_of(normalizers.Strip(), "  a ") == [("  ", ""), (" ", "")]
    assert changes_of(normalizers.Prepend("x"), "ab") == [("a", "xa")]


def test_a_text_that_stays_has_no_change() -> None:
    assert changes_of(normalizers.NFC(), "nothing to do here, 中文 👍🏽") == []
    assert changes_of(None, "Any Text") == []


def test_differences_are_the_places_that_the_other_has_not() -> None:
    assert differences("a cat", "a  cat") == ([], [(2, 3)])
    assert differences("Zoë, x", "zoe, x") == ([(0, 1), (2, 3)], [(0, 1), (2, 3)])
    assert differences("same", "same") == ([], [])
    assert differences("", "ab") == ([], [(0, 2)])


def without(text: str, places: list[tuple[int, int]]) -> str:
    for start, end in reversed(places):
        text = text[:start] + text[end:]
    return text


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(text=st.text("abé ", max_size=14), other=st.text("abe ", max_size=14))
def test_what_lies_between_differences_is_equal(text: str, other: str) -> None:
    own, others = differences(text, other)
    assert without(text, own) == without(other, others)
    assert (own, others) != ([], []) or text == other
    for places in (own, others):
        assert all(start < end for start, end in places)
        assert all(a[1] < b[0] for a, b in pairwise(places))


def test_differences_of_long_texts_are_found_without_comparing_all() -> None:
    text = "a" * 50_000
    assert differences("x" + text + "end", "y" + text + "End") == (
        [(0, 1), (50_001, 50_002)],
        [(0, 1), (50_001, 50_002)],
    )
    # What differs everywhere is one place, not a hundred thousand.
    own, others = differences("aé" * 50_000, "ae" * 50_000)
    assert len(own) == len(others) < 2_000
    assert own[-1][1] == others[-1][1] == 100_000
