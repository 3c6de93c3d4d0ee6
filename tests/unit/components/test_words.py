"""The words that a person types to have them scored."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.fill_mask.words import words_of


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", ()),
        (" , ,,\n", ()),
        ("tea", ("tea",)),
        ("tea, coffee", ("tea", "coffee")),
        ("茶，咖啡、水", ("茶", "咖啡", "水")),
        ("شاي، قهوة؛ ماء", ("شاي", "قهوة", "ماء")),
        ("tea\ncoffee; water", ("tea", "coffee", "water")),
        ("  green tea ,tea", ("green tea", "tea")),
        ("tea, Tea, tea ,tea", ("tea", "Tea")),
        ("[MASK], <b>", ("[MASK]", "<b>")),
    ],
)
def test_words_are_parted_by_the_commas_of_any_script(typed: str, words: tuple[str, ...]) -> None:
    assert words_of(typed) == words


@settings(deadline=None)
@given(st.text())
def test_whatever_is_typed_no_word_is_empty_or_there_twice(typed: str) -> None:
    words = words_of(typed)
    assert all(word == word.strip() != "" for word in words)
    assert len(set(words)) == len(words)
    assert not any(comma in word for word in words for comma in ",，、،؛;\n")


@settings(deadline=None)
@given(st.lists(st.text("abc 茶", min_size=1).filter(str.strip), unique_by=str.strip))
def test_words_stay_in_the_order_in_which_they_were_typed(words: list[str]) -> None:
    assert words_of(", ".join(words)) == tuple(word.strip() for word in words)
