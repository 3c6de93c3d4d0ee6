"""Classify and tag by labels of one's own: what is asked, what comes of it, and what is refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.classify import keys
from components.classify.modes import EXAMPLE_LABELS
from loupe.tasks.zero_shot_classification import DEFAULT_TEMPLATE
from tests.pages.classifiers import (
    CLASSIFY,
    CLASSIFY_PAGE,
    TEXT,
    ZERO_SHOT,
    ask,
    bars,
    has_answer,
    open_question,
)
from tests.pages.classify.long_work import press, visit
from tests.pages.visitor import (
    by_key,
    controls,
    error_boxes,
    markdown_in,
    offered_files,
    open_page,
    params_of,
    shown_link,
    texts_in,
)

LABELS = "animals\na city\n\n  weather  "


@pytest.fixture
def at(folder: Any) -> AppTest:
    return ask(ZERO_SHOT, folder("nli"), TEXT, **{keys.LABELS: LABELS})


def test_none_is_bundled_and_the_page_says_what_to_do() -> None:
    at = open_page(CLASSIFY_PAGE, session={keys.MODE: ZERO_SHOT.id})
    assert not at.exception
    assert error_boxes(at) == []
    assert not has_answer(at)
    assert any("Loupe brings none" in text for text in texts_in(at.main))
    assert by_key(at, f"{keys.checkpoint(ZERO_SHOT)}_download") is not None
    assert at.text_area(key=keys.TEXT).value == ZERO_SHOT.text
    assert at.text_area(key=keys.LABELS).value == "\n".join(EXAMPLE_LABELS)


def test_every_label_has_a_bar_and_no_more_than_six_controls_are_there(at: AppTest) -> None:
    assert not at.exception
    assert sorted(bars(at)) == ["a city", "animals", "weather"]
    assert any("sum to 100 %" in text for text in texts_in(at.main))
    assert not any("Loupe brings none" in text for text in texts_in(at.main))
    assert len(controls(at)) <= 6, controls(at)


def test_what_was_asked_can_be_changed(at: AppTest) -> None:
    open_question(at, ZERO_SHOT, "asked")
    (table,) = (frame.value for frame in at.dataframe)
    assert next(iter(table["hypothesis"])).startswith("This example is ")
    assert len(table) == 3
    before = list(table["prob"])
    at.text_input(key=keys.TEMPLATE).input("It is about {}.").run()
    assert not at.exception
    (table,) = (frame.value for frame in at.dataframe)
    assert "It is about animals." in list(table["hypothesis"])
    assert list(table["prob"]) != before
    at.toggle(key=keys.SEVERAL).set_value(True).run()
    open_question(at, ZERO_SHOT, "labels")
    assert any("do not sum to 100 %" in text for text in texts_in(at.main))
    # Both stay while another mode is looked at.
    at.segmented_control(key=keys.MODE).set_value(CLASSIFY.id).run()
    at.segmented_control(key=keys.MODE).set_value(ZERO_SHOT.id).run()
    open_question(at, ZERO_SHOT, "asked")
    assert at.text_input(key=keys.TEMPLATE).value == "It is about {}."
    assert at.toggle(key=keys.SEVERAL).value is True


def test_a_wrong_sentence_is_mended_where_it_is_wrong(at: AppTest) -> None:
    open_question(at, ZERO_SHOT, "asked")
    at.text_input(key=keys.TEMPLATE).input("No place for it.").run()
    assert not at.exception
    (box,) = error_boxes(at)
    assert any("where the label belongs" in text for text in texts_in(box))
    assert at.text_input(key=keys.TEMPLATE).value == "No place for it."
    at.text_input(key=keys.TEMPLATE).input(DEFAULT_TEMPLATE).run()
    assert error_boxes(at) == []


def test_scripts_files_and_the_check_are_there(
    at: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_question(at, ZERO_SHOT, "code")
    (script,) = (code.value for code in at.code)
    compile(script, "script.py", "exec")
    assert "animals" in script
    kept = offered_files(monkeypatch)
    open_question(at, ZERO_SHOT, "keep")
    saved = json.loads(kept[f"{keys.PAGE}_json"])
    assert saved["task"] == "zero-shot-classification"
    assert {entry["label"] for entry in saved["labels"]} == {"animals", "a city", "weather"}
    open_question(at, ZERO_SHOT, "check")
    at.button(key=f"{keys.PAGE}_check").click().run()
    assert any("The two ways agree." in text for text in markdown_in(at.main))


def test_a_link_opens_the_page_with_the_same_question(folder: Any) -> None:
    at = ask(
        ZERO_SHOT,
        folder("nli"),
        TEXT,
        **{keys.LABELS: LABELS, keys.TEMPLATE: "About {}.", keys.SEVERAL: True},
    )
    open_question(at, ZERO_SHOT, "keep")
    params = params_of(shown_link(at))
    other = open_page(CLASSIFY_PAGE, params=params)
    assert not other.exception
    assert sorted(bars(other)) == ["a city", "animals", "weather"]
    assert any("do not sum to 100 %" in text for text in texts_in(other.main))
    open_question(other, ZERO_SHOT, "asked")
    assert other.text_input(key=keys.TEMPLATE).value == "About {}."


def test_of_labels_that_share_the_whole_no_threshold_is_asked(at: AppTest) -> None:
    open_question(at, ZERO_SHOT, "given")
    assert not at.exception
    assert len(at.slider) == 0
    assert any("no threshold parts them" in text for text in texts_in(at.main))
    assert any("is not counted here" in text for text in markdown_in(at.main))
    open_question(at, ZERO_SHOT, "labels")
    assert not any("given:" in text for text in texts_in(at.main))


def test_where_each_label_stands_by_itself_the_slider_says_which_are_given(folder: Any) -> None:
    session = {keys.LABELS: LABELS, keys.SEVERAL: True, keys.MANY_TEXT: "A cat.\nParis."}
    at = ask(ZERO_SHOT, folder("nli"), TEXT, **session)
    open_question(at, ZERO_SHOT, "given")
    assert at.slider[0].value == 0.5
    at.slider[0].set_value(1.0).run()
    assert "Given: no label" in texts_in(at.main)
    assert len(bars(at)) == 3
    at.slider[0].set_value(0.0).run()
    assert "Given: “animals”, “a city”, “weather”" in texts_in(at.main)
    open_question(at, ZERO_SHOT, "labels")
    assert any("given: “animals”, “a city”, “weather”" in text for text in texts_in(at.main))
    # It holds for many texts too, and not for the checkpoint's own labels.
    open_question(at, ZERO_SHOT, "many")
    press(at, f"{keys.many(ZERO_SHOT)}_start")
    (table,) = (frame.value for frame in at.dataframe)
    assert set(table["given"]) == {"animals, a city, weather"}


@pytest.mark.parametrize(
    ("labels", "texts"), [("a\nb\nc\nd", "5,000"), ("a", "20,000"), ("", "20,000")]
)
def test_it_is_said_how_many_texts_these_labels_leave_room_for(
    labels: str, texts: str, folder: Any
) -> None:
    at = visit(ZERO_SHOT, folder("nli"), "many", **{keys.LABELS: labels})
    if not labels:  # what is missing is said above; texts can be given meanwhile
        at.session_state[keys.tabs_without_answer(ZERO_SHOT)] = ZERO_SHOT.tabs["many"]
        at.run()
    node = by_key(at, keys.MANY_FILE)
    assert node is not None
    assert f"at most {texts} texts" in node.proto.help


@pytest.mark.parametrize("several", [False, True], ids=["one of these", "each"])
def test_many_texts_are_weighed_against_the_same_labels(
    folder: Any, several: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = offered_files(monkeypatch)
    session: dict[str, Any] = {keys.LABELS: LABELS, keys.SEVERAL: several}
    session[keys.MANY_TEXT] = "A cat.\n\nParis."
    at = visit(ZERO_SHOT, folder("nli"), "many", **session)
    press(at, f"{keys.many(ZERO_SHOT)}_start")
    assert not at.exception
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["text"]) == ["A cat.", "Paris."]
    total = table["label_0"] + table["label_1"] + table["label_2"]
    assert (total.tolist() == pytest.approx([1.0, 1.0])) is not several
    if not several:
        assert set(table["given"]) <= {"animals", "a city", "weather"}
    saved = json.loads(kept[f"{keys.PAGE}_many_json"]())
    assert saved["task"] == "zero-shot-classification"
    assert saved["query"]["labels"] == ["animals", "a city", "weather"]


def test_a_long_text_is_shortened_so_that_it_fits_beside_its_labels(folder: Any) -> None:
    at = ask(ZERO_SHOT, folder("nli"), "The cat sleeps. " * 40, **{keys.LABELS: LABELS})
    at.button(key=f"{keys.PAGE}_shorten").click().run()
    assert not at.exception
    assert error_boxes(at) == []
    assert has_answer(at)
