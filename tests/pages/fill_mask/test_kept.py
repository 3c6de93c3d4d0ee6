"""Fill mask: what is computed once, and what a visitor finds again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import streamlit as st

from components import resources, session
from components.fill_mask import keys
from tests.pages.fill_mask.looking import FILL, chosen, hidden_texts, model_id
from tests.pages.visitor import (
    FILL_MASK_PAGE,
    START_PAGE,
    ask,
    click_piece,
    error_boxes,
    figures,
    has_answer,
    pieces,
)


def test_moving_the_slider_draws_and_does_not_ask_the_model(
    bert: str, predicted: list[str]
) -> None:
    at = ask(bert)
    for shown in (3, 50, 12):
        at.slider(key=keys.SHOWN).set_value(shown).run()
        assert len(figures(at)[0]["data"][0]["hovertext"]) == shown + 1
    assert len(predicted) == 1


def test_a_cleared_cache_leaves_one_pool_and_one_loaded_copy(
    bert: str, predicted: list[str]
) -> None:
    at = ask(bert)
    pool, model = resources.pool(), model_id(bert)
    st.cache_resource.clear()
    at.run()
    assert not at.exception
    assert has_answer(at)
    assert resources.pool() is pool
    assert model_id(bert) == model
    assert len(pool.loaded()) == 1
    assert len(predicted) == 1


def test_two_visitors_share_one_loaded_copy_and_nothing_else(bert: str) -> None:
    first = ask(bert, "The cat is [MASK].")
    model = model_id(bert)
    second = ask(bert, "The dog is [MASK].")
    assert model_id(bert) == model
    assert len(resources.pool().loaded()) == 1
    first.run()
    assert first.text_area(key=keys.TEXT).value == "The cat is [MASK]."
    assert second.text_area(key=keys.TEXT).value == "The dog is [MASK]."
    cat = next(i for i, piece in enumerate(pieces(first)) if piece["text"] == "cat")
    click_piece(first, cat)
    second.run()
    assert hidden_texts(first) == ["cat"]
    assert hidden_texts(second) == []


def test_text_checkpoint_and_hidden_words_survive_another_page_and_back(bert: str) -> None:
    at = ask(bert, "The cat sleeps on the mat.")
    cat = next(i for i, piece in enumerate(pieces(at)) if piece["text"] == "cat")
    click_piece(at, cat)
    at.slider(key=keys.SHOWN).set_value(5).run()
    at.switch_page(START_PAGE).run()
    assert not at.exception
    at.switch_page(FILL_MASK_PAGE).run()
    assert not at.exception
    assert at.text_area(key=keys.TEXT).value == "The cat sleeps on the mat."
    assert chosen(at) == bert
    assert at.slider(key=keys.SHOWN).value == 5
    assert hidden_texts(at) == ["cat"]
    # And the next click on this page finds it all as well.
    at.button(key=FILL).click().run()
    assert chosen(at) == bert
    assert hidden_texts(at) == ["cat"]
    assert has_answer(at)


@pytest.mark.parametrize(
    ("spoil", "text"),
    [
        (lambda at: at.selectbox(key=keys.CHECKPOINT).select("no such name!"), "One [MASK]."),
        (lambda at: at.text_area(key=keys.TEXT).input("Nothing is hidden here."), None),
    ],
    ids=["checkpoint", "text"],
)
def test_after_an_error_the_text_is_still_in_the_box(
    bert: str, spoil: Callable[[Any], Any], text: str | None
) -> None:
    at = ask(bert, text or "Two [MASK].")
    spoil(at).run()
    assert len(error_boxes(at)) == 1
    assert at.text_area(key=keys.TEXT).value == (text or "Nothing is hidden here.")
    at.selectbox(key=keys.CHECKPOINT).select(bert)
    at.text_area(key=keys.TEXT).input("Three [MASK].").run()
    assert error_boxes(at) == []
    assert has_answer(at)


def test_settings_of_the_session_reach_the_model(bert: str) -> None:
    at = ask(bert)
    at.sidebar.selectbox(key=session.DTYPE).select("bfloat16").run()
    assert not at.exception
    assert has_answer(at)
    assert "bfloat16" in {row.dtype for row in resources.pool().loaded()}
