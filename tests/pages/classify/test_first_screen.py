"""Classify and tag: what opens, what a change of mode keeps, and what survives another page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components import resources, session
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
    has_answer,
    marked,
)
from tests.pages.visitor import START_PAGE, controls, error_boxes, nodes, open_page, texts_in

CONTROLS_MAX = 6


def test_the_page_opens_on_a_worked_example_that_is_computed(
    mode: Mode, predicted: list[str]
) -> None:
    at = open_page(CLASSIFY_PAGE, session={keys.MODE: mode.id})
    assert not at.exception
    assert error_boxes(at) == []
    assert at.selectbox(key=keys.checkpoint(mode)).value == str(mode.checkpoint)
    assert at.text_area(key=keys.TEXT).value == mode.text
    assert predicted == [mode.text]
    assert has_answer(at)
    assert at.query_params == {}


def test_without_its_starters_the_page_says_so_and_lives(
    mode: Mode, tmp_path: Path, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = replace(resources.places(), starters=tmp_path / "no-starters")
    monkeypatch.setattr(resources, "places", lambda: nowhere)
    at = open_page(CLASSIFY_PAGE, session={keys.MODE: mode.id})
    assert not at.exception
    (box,) = error_boxes(at)
    assert any(mode.checkpoint.id in text for text in texts_in(box))
    assert at.text_area(key=keys.TEXT).value == mode.text
    at.selectbox(key=keys.checkpoint(mode)).select(folder(NAME_OF[mode.id])).run()
    assert error_boxes(at) == []
    assert has_answer(at)


def test_the_first_screen_has_at_most_six_controls(at: AppTest, mode: Mode) -> None:
    assert has_answer(at)
    assert len(controls(at)) <= CONTROLS_MAX, controls(at)
    assert {keys.MODE, keys.TEXT, keys.ASK} <= set(controls(at))
    assert (keys.ENTITIES in controls(at)) is (mode is TAG)


def test_changing_the_mode_brings_its_example_but_keeps_a_text_of_ones_own(folder: Any) -> None:
    values = {keys.checkpoint(TAG): folder("ner")}
    at = ask(CLASSIFY, folder("sentiment"), CLASSIFY.text, **values)
    at.segmented_control(key=keys.MODE).set_value(TAG.id).run()
    assert at.text_area(key=keys.TEXT).value == TAG.text
    assert marked(at) is not None
    at.text_area(key=keys.TEXT).input("My own words.").run()
    at.segmented_control(key=keys.MODE).set_value(CLASSIFY.id).run()
    assert not at.exception
    assert at.text_area(key=keys.TEXT).value == "My own words."
    assert chosen(at, CLASSIFY) == folder("sentiment")
    assert marked(at) is None
    at.segmented_control(key=keys.MODE).set_value(TAG.id).run()
    assert at.text_area(key=keys.TEXT).value == "My own words."
    assert chosen(at, TAG) == folder("ner")


def test_asking_the_same_again_does_not_compute_it_again(at: AppTest, predicted: list[str]) -> None:
    at.text_area(key=keys.TEXT).input("Another text.").run()
    at.button(key=keys.ASK).click().run()
    assert predicted == ["Another text."]
    assert has_answer(at)


def test_texts_mode_and_checkpoint_survive_another_page_and_back(mode: Mode, folder: Any) -> None:
    at = ask(mode, folder(NAME_OF[mode.id]), TEXT, **{keys.PAIR: "Second."})
    at.switch_page(START_PAGE).run()
    assert not at.exception
    at.switch_page(CLASSIFY_PAGE).run()
    assert not at.exception
    assert at.segmented_control(key=keys.MODE).value == mode.id
    assert at.text_area(key=keys.TEXT).value == TEXT
    assert chosen(at, mode) == folder(NAME_OF[mode.id])
    if mode is CLASSIFY:
        assert at.text_area(key=keys.PAIR).value == "Second."
    assert has_answer(at)


def test_settings_of_the_session_reach_the_model(at: AppTest) -> None:
    at.sidebar.selectbox(key=session.DTYPE).select("bfloat16").run()
    assert not at.exception
    assert has_answer(at)
    assert "bfloat16" in {row.dtype for row in resources.pool().loaded()}


def test_no_element_fetches_anything_from_elsewhere(at: AppTest) -> None:
    for node in nodes(at._tree):
        assert "http://" not in str(node.proto).replace("http://localhost", "")
        assert "https://" not in str(node.proto).replace('placeholder: "https://', "")
