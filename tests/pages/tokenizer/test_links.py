"""Tokenizer: share links."""

from __future__ import annotations

from components.tokenizer import keys
from components.tokenizer.defaults import DEFAULT_TEXT, TABS
from tests.pages.tokenizer.looking import TOKENIZER_PAGE, ask, drawn, open_question
from tests.pages.visitor import markdown_in, open_page, params_of, pieces, shown_link


def test_a_share_link_opens_the_page_in_the_same_state(bert: str, roberta: str) -> None:
    text = "The cat & dog = 100 % #1 of “Paris”, 我喜欢。\n<b>"
    at = ask(bert, text, "others", **{keys.OTHERS: [roberta]})
    assert at.query_params == {}
    open_question(at, "keep")
    url = shown_link(at)
    assert url.startswith("http://localhost:8501/tokenizer?")
    assert at.query_params == {}

    friend = open_page(TOKENIZER_PAGE, params={**params_of(url), "tab": "others"})
    assert not friend.exception
    assert friend.text_area(key=keys.TEXT).value == text
    assert friend.selectbox(key=keys.CHECKPOINT).value == bert
    assert friend.multiselect(key=keys.OTHERS).value == [roberta]
    assert pieces(friend, keys.STRIP) == pieces(at, keys.STRIP)
    assert len(drawn(friend, "axis")["rows"]) == 2
    # A reload shows the same; what people then type is not in the address.
    assert friend.query_params
    friend.text_area(key=keys.TEXT).input("Something of mine.").run()
    assert friend.query_params == {}
    assert friend.text_area(key=keys.TEXT).value == "Something of mine."


def test_a_link_opens_the_tab_it_names_and_no_unknown_one() -> None:
    for tab, open_one in (("tokens", "tokens"), ("'; DROP TABLE", "stages")):
        at = open_page(TOKENIZER_PAGE, params={"v": "1", "text": "a cat", "tab": tab})
        assert not at.exception
        assert [t.label for t in at.tabs if len(t)] == [TABS[open_one]]


def test_a_link_of_another_version_changes_nothing() -> None:
    at = open_page(TOKENIZER_PAGE, params={"v": "99", "text": "a cat"})
    assert not at.exception
    assert at.text_area(key=keys.TEXT).value == DEFAULT_TEXT


def test_of_many_others_in_a_link_only_as_many_are_taken_as_fit() -> None:
    names = "\n".join(f"owner/name-{number}" for number in range(9))
    at = open_page(TOKENIZER_PAGE, params={"v": "1", "text": "a", "others": names, "tab": "others"})
    assert not at.exception
    assert len(at.multiselect(key=keys.OTHERS).value) == 5


def test_a_text_too_long_for_a_link_says_so(bert: str) -> None:
    at = ask(bert, "cat " * 2_000, "keep")
    assert not any(code.value.startswith("http") for code in at.code)
    assert any("too long for a link" in line for line in markdown_in(at.main))
