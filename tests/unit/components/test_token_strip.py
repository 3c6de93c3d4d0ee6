"""What the strip draws: the pieces of a trace, and the data that goes to the browser."""

import json
from itertools import pairwise
from math import log
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from components.colours import STEPS, Scale, Theme
from components.token_strip import (
    LABELS,
    Legend,
    Measure,
    StripPiece,
    _checked_index,
    pieces_from_trace,
    strip_data,
)
from loupe.traces import Alternative, TokenKind, TokenRecord, TokenTrace

FAMILY = "👨‍👩‍👧‍👦"


def token(text: str, group: int, span: tuple[int, int] | None = None, **more: Any) -> TokenRecord:
    fields = {"token_id": 7, "token": text, "kind": TokenKind.TEXT, **more}
    return TokenRecord(text=text, group=group, span=span, **fields)


def trace(text: str, *tokens: TokenRecord) -> TokenTrace:
    return TokenTrace(text, tokens, "starter:x", None, "float32", "cpu", 100)


def words(text: str, *parts: str, **more: Any) -> TokenTrace:
    """A trace whose tokens are these parts of the text, in order."""
    tokens, at = [], 0
    for group, part in enumerate(parts):
        start = text.index(part, at)
        at = start + len(part)
        tokens.append(token(part, group, (start, at), **more))
    return trace(text, *tokens)


def as_text(pieces: tuple[StripPiece, ...]) -> str:
    spaced = ((p, p.space_before or (" " if p.starts_word else "")) for p in pieces)
    return "".join(space + p.text + "\n" * p.newline_after for p, space in spaced)


def guess(text: str, probability: float) -> Alternative:
    return Alternative(token_id=1, token=text, text=text, log_prob=log(probability), rank=1)


def test_a_word_begins_where_the_text_has_a_space_and_nowhere_else():
    pieces = pieces_from_trace(words("An unlikely tale.", "An", "un", "likely", "tale", "."))
    assert [p.text for p in pieces] == ["An", "un", "likely", "tale", "."]
    assert [p.starts_word for p in pieces] == [False, True, False, True, False]
    assert not any(p.space_before or p.newline_after for p in pieces)


def test_a_space_inside_of_a_byte_level_token_is_drawn_before_its_chip():
    pieces = pieces_from_trace(words("so far", "so", " far"))
    assert [(p.text, p.starts_word) for p in pieces] == [("so", False), ("far", True)]


def test_tabs_and_runs_of_spaces_stay_visible():
    _, after_tab, after_run = pieces_from_trace(words("a\tb  c", "a", "b", "c"))
    assert after_tab.space_before == "\t"
    assert after_run.space_before == "  "


def test_line_breaks_follow_the_piece_before_them():
    a, b, c = pieces_from_trace(words("a\n\nb\n  c\n", "a", "b", "c"))
    assert (a.newline_after, b.newline_after, c.newline_after) == (2, 0, 1)
    assert c.space_before == "\n  "  # indentation needs its order kept
    assert not b.space_before


def test_a_token_of_whitespace_only_is_a_piece_of_its_own():
    pieces = pieces_from_trace(words("x\n\ny", "x", "\n\n", "y"))
    assert [p.text for p in pieces] == ["x", "\n\n", "y"]
    assert not any(p.newline_after or p.starts_word for p in pieces)


def test_a_grapheme_split_over_tokens_is_one_piece_with_all_its_tokens():
    split = [
        token(f"<{n}>", 1, (2, 2 + len(FAMILY)), token_id=n, log_prob=log(0.5)) for n in range(3)
    ]
    end = 2 + len(FAMILY)
    text = f"a {FAMILY}!"
    pieces = pieces_from_trace(
        trace(text, token("a", 0, (0, 1)), *split, token("!", 2, (end, end + 1)))
    )
    family = pieces[1]
    assert [p.text for p in pieces] == ["a", FAMILY, "!"]
    assert family.tokens == ("<0>", "<1>", "<2>")
    assert family.positions == (1, 2, 3)
    assert family.colour_value == pytest.approx(0.125)  # of all three together
    assert family.alternatives == ()


def test_a_group_without_all_its_probabilities_has_no_colour():
    half = [token("é", 0, (0, 2), log_prob=-1.0), token("é", 0, (0, 2))]
    assert pieces_from_trace(trace("e\u0301", *half))[0].colour_value is None


def test_a_mask_carries_its_best_guess_and_is_coloured_by_it():
    mask = token(
        "[MASK]", 0, (0, 6), kind=TokenKind.MASK, top=(guess("tea", 0.75), guess("milk", 0.2))
    )
    (piece,) = pieces_from_trace(trace("[MASK]", mask))
    assert (piece.kind, piece.text, piece.caption, piece.hidden) == ("mask", "[MASK]", "tea", False)
    assert piece.colour_value == pytest.approx(0.75)
    assert [text for text, _ in piece.alternatives] == ["tea", "milk"]
    assert (LABELS["rest"], "5.00 %") in piece.rows


def test_a_hidden_token_shows_its_own_text_beside_the_guess():
    hidden = token(
        "coffee",
        0,
        (0, 6),
        kind=TokenKind.MASK,
        hidden=True,
        log_prob=log(0.01),
        rank=9,
        top=(guess("tea", 0.75),),
    )
    (piece,) = pieces_from_trace(trace("Coffee", hidden))
    assert (piece.text, piece.caption, piece.hidden) == ("Coffee", "tea", True)
    assert dict(piece.rows)[LABELS["probability"]] == "1.00 %"
    assert piece.colour_value == pytest.approx(0.75)  # the caption's, not the hidden word's


def test_a_mask_that_was_not_asked_about_has_no_caption():
    (piece,) = pieces_from_trace(trace("[MASK]", token("[MASK]", 0, (0, 6), kind=TokenKind.MASK)))
    assert piece.caption is None
    assert piece.colour_value is None


def test_special_tokens_are_shown_and_cannot_be_clicked():
    cls = token("[CLS]", 0, kind=TokenKind.SPECIAL)
    sep = token("[SEP]", 2, kind=TokenKind.SPECIAL)
    pieces = pieces_from_trace(trace("hi\n", cls, token("hi", 1, (0, 2)), sep))
    assert [(p.text, p.clickable) for p in pieces] == [
        ("[CLS]", False),
        ("hi", True),
        ("[SEP]", False),
    ]
    assert pieces[1].newline_after == 1  # the text ends before [SEP]
    assert not any(p.clickable for p in pieces_from_trace(words("a b", "a", "b"), clickable=False))


def test_text_that_no_token_covers_is_shown_as_unread():
    pieces = pieces_from_trace(words("a ☃ b and the rest", "a", "b"))
    unread = [p for p in pieces if p.kind == "unread"]
    assert [p.text for p in unread] == ["☃", "and the rest"]
    assert as_text(pieces) == "a ☃ b and the rest"
    assert not any(p.clickable or p.tokens for p in unread)


def test_an_unread_tail_stands_before_the_closing_special_token():
    sep = token("[SEP]", 1, kind=TokenKind.SPECIAL)
    pieces = pieces_from_trace(trace("a cut", token("a", 0, (0, 1)), sep))
    assert [p.text for p in pieces] == ["a", "cut", "[SEP]"]


def test_a_character_without_a_glyph_is_named():
    pieces = pieces_from_trace(words("a\u200bb", "a", "b"))
    assert [p.text for p in pieces] == ["a", "U+200B", "b"]


def test_overlapping_spans_show_no_character_twice():
    pieces = pieces_from_trace(trace("北京", token("▁", 0, (0, 1)), token("北京", 1, (0, 2))))
    assert [p.text for p in pieces] == ["北", "京"]


def test_an_empty_text_has_no_pieces():
    assert pieces_from_trace(trace("")) == ()


def test_the_surprisal_scale_colours_the_improbable():
    sure, unsure = words("a b", "a", "b").tokens
    likely, unlikely = pieces_from_trace(
        trace("a b", _asked(sure, -0.01), _asked(unsure, -9.0)), measure=Measure.SURPRISAL
    )
    assert likely.colour_value is not None
    assert unlikely.colour_value is not None
    assert likely.colour_value < 0.01 < 0.7 < unlikely.colour_value


def _asked(record: TokenRecord, log_prob: float) -> TokenRecord:
    return token(record.text, record.group, record.span, log_prob=log_prob)


def test_selection_goes_by_position_in_the_models_input():
    pieces = pieces_from_trace(words("a b c", "a", "b", "c"), selected={1})
    assert [p.selected for p in pieces] == [False, True, False]


@given(st.text(alphabet="ab京é שא\n\t ", max_size=40), st.data())
def test_no_character_of_the_text_is_lost_or_doubled(text: str, data: st.DataObject):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=8)))
    spans = [s for s in pairwise(cuts) if data.draw(st.booleans())]
    tokens = [token(text[a:b], group, (a, b)) for group, (a, b) in enumerate(spans)]
    drawn = as_text(pieces_from_trace(trace(text, *tokens)))
    assert drawn.rstrip() == text.rstrip()


def test_the_browser_gets_json_with_both_themes_and_the_readers_words():
    hostile = "<img src=x onerror=alert(1)>"
    german = {**LABELS, "mask": "Maske", "guess": "Vorschlag"}
    piece = StripPiece(
        hostile, ("[MASK]",), "mask", caption="tea", colour_value=0.0, clickable=True
    )
    data = strip_data([piece], Scale.PROBABILITY, Legend("p", "0 %", "100 %"), True, german)
    (sent,) = json.loads(json.dumps(data))["pieces"]
    assert sent["text"] == hostile  # as it is: the browser makes a text node of it
    assert sent["value"] == 0.0  # a value of zero is a value
    assert sent["aria"] == f"{hostile}, Maske, Vorschlag: tea"
    assert sent["tip"]["notes"] == ["Maske"]
    assert "selected" not in sent
    assert {len(data["themes"][theme]["colours"]) for theme in Theme} == {STEPS}
    assert data["locked"] is True


def test_a_screen_reader_hears_of_whitespace_and_of_hidden_words():
    pieces = [StripPiece("\n", ("Ċ",)), StripPiece("coffee", ("coffee",), "mask", hidden=True)]
    data = strip_data(pieces, Scale.PROBABILITY, None, False, LABELS)
    assert [p["aria"] for p in data["pieces"]] == ["whitespace", "hidden word: coffee, mask"]
    assert data["legend"] is None
    assert "value" not in data["pieces"][0]


def test_the_browser_code_never_makes_markup_of_text():
    from components import token_strip

    code = (token_strip._HERE / "strip.js").read_text(encoding="utf-8")
    for forbidden in ("innerHTML", "outerHTML", "insertAdjacentHTML", "eval(", "DOMParser"):
        assert forbidden not in code


@pytest.mark.parametrize(
    "sent", [None, 0, {}, {"index": 2}, {"index": -1}, {"index": "0"}, {"index": True}, [0]]
)
def test_a_click_message_of_another_shape_is_no_click(sent: object):
    pieces = [StripPiece("a", clickable=True), StripPiece("b")]
    if isinstance(sent, dict):
        sent = {**sent, "drawn": "d"}
    assert _checked_index(sent, pieces, "d") is None


def test_only_a_clickable_piece_can_be_clicked():
    pieces = [StripPiece("a", clickable=True), StripPiece("b")]
    assert _checked_index({"index": 0, "drawn": "d", "nonce": "n"}, pieces, "d") == 0
    assert _checked_index({"index": 1, "drawn": "d", "nonce": "n"}, pieces, "d") is None
    # Of pieces that were on the screen before these.
    assert _checked_index({"index": 0, "drawn": "c", "nonce": "n"}, pieces, "d") is None


def _page() -> None:
    import streamlit as st

    from components.token_strip import StripPiece, token_strip

    st.text(str(token_strip([StripPiece("a", clickable=True)], key="strip")))


def test_a_page_draws_the_strip_and_nothing_is_clicked_yet():
    page = AppTest.from_function(_page).run()
    assert not page.exception
    assert page.text[0].value == "None"
