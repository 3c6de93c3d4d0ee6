"""Places of tokens that a tokenizer does not tell."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from loupe.engine.alignment import align


def test_pieces_are_found_without_case_and_accents() -> None:
    text = "Naïve café, Äpfel"
    spans = align(text, ["naive", "cafe", ",", "apfel"])
    assert [text[slice(*span)] for span in spans if span] == ["Naïve", "café", ",", "Äpfel"]


def test_repeated_words_are_taken_in_order() -> None:
    assert align("the the the", ["the", "the", "the"]) == [(0, 3), (4, 7), (8, 11)]


def test_a_piece_that_is_not_there_takes_no_place_and_no_other_s() -> None:
    assert align("a b", ["a", "[UNK]", "b"]) == [(0, 1), None, (2, 3)]
    assert align("a", [""]) == [None]


def test_a_piece_far_away_is_not_taken_for_this_one() -> None:
    text = "x" + " " * 200 + "end"
    assert align(text, ["x", "end"]) == [(0, 1), None]


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), max_size=8))
def test_words_parted_by_spaces_are_all_found(words: list[str]) -> None:
    text = " ".join(words)
    spans = align(text, words)
    found = [span for span in spans if span is not None]
    assert found == sorted(found)
    assert all(0 <= start < end <= len(text) for start, end in found)
