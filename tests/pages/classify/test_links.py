"""Classify and tag: share links."""

from __future__ import annotations

from typing import Any

import pytest

from components import share_link
from components.classify import keys
from components.classify.modes import Mode
from tests.pages.classifiers import (
    CLASSIFY,
    CLASSIFY_PAGE,
    NAME_OF,
    TAG,
    TEXT,
    ask,
    chosen,
    marked,
    open_question,
)
from tests.pages.visitor import figures, markdown_in, open_page, params_of, shown_link


def test_a_share_link_opens_the_page_in_the_same_state(mode: Mode, folder: Any) -> None:
    text = "The cat & dog = 100 % #1 of “Paris”, 我喜欢。"
    at = ask(mode, folder(NAME_OF[mode.id]), text, **{keys.PAIR: "An animal."})
    assert at.query_params == {}
    open_question(at, mode, "keep")
    url = shown_link(at)
    assert url.startswith("http://localhost:8501/classify?")
    assert at.query_params == {}

    friend = open_page(CLASSIFY_PAGE, params=params_of(url))
    assert not friend.exception
    assert friend.segmented_control(key=keys.MODE).value == mode.id
    assert friend.text_area(key=keys.TEXT).value == text
    assert chosen(friend, mode) == folder(NAME_OF[mode.id])
    if mode is CLASSIFY:
        assert friend.text_area(key=keys.PAIR).value == "An animal."
        assert figures(friend) != []
    else:
        assert marked(friend) == marked(at)
        assert "pair" not in params_of(url)
    # A reload shows the same; what people then type is not in the address.
    assert friend.query_params
    friend.text_area(key=keys.TEXT).input("Something of mine.").run()
    assert friend.query_params == {}
    assert friend.text_area(key=keys.TEXT).value == "Something of mine."


def test_a_link_opens_the_tab_it_names_and_no_unknown_one(folder: Any) -> None:
    for tab, open_one in (("words", "words"), ("'; DROP TABLE", "entities")):
        params = {"v": "1", "mode": "tag", "model": folder("ner"), "text": TEXT, "tab": tab}
        at = open_page(CLASSIFY_PAGE, params=params)
        assert [t.label for t in at.tabs if len(t)] == [TAG.tabs[open_one]]


@pytest.mark.parametrize(
    "params",
    [{"v": "2", "text": "From the future"}, {"text": "No version"}, {"v": "1", "mode": "dance"}],
    ids=["newer", "none", "unknown mode"],
)
def test_a_link_that_is_not_ours_opens_the_first_mode(
    params: dict[str, str],
) -> None:
    at = open_page(CLASSIFY_PAGE, params=params)
    assert not at.exception
    assert at.segmented_control(key=keys.MODE).value == CLASSIFY.id
    assert at.text_area(key=keys.TEXT).value == CLASSIFY.text


def test_a_text_that_is_too_long_for_a_link_is_said_to_be(mode: Mode, folder: Any) -> None:
    # Long in characters and short in tokens: a WordPiece tokenizer gives up on such a word.
    text = "x" * share_link.MAX_LINK_CHARACTERS
    at = open_question(ask(mode, folder(NAME_OF[mode.id]), text), mode, "keep")
    assert any("too long for a link" in text for text in markdown_in(at.main))
    assert not [code for code in at.code if code.value.startswith("http")]
