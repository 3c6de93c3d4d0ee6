"""The page Classify and tag, from the first screen to its last tab."""

from __future__ import annotations

import io
import json
import re
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components import resources, session, share_link
from components.classify import keys
from components.classify.labels import BARS_IN_VIEW
from components.classify.modes import MODES, Mode
from components.figures.label_bars import NAME_CHARACTERS
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.engine.encoding import MAX_CHARACTERS
from loupe.tasks import text_classification, token_classification
from tests.pages.classifiers import (
    CLASSIFY,
    CLASSIFY_PAGE,
    SCRIPT_LABEL,
    TAG,
    ask,
    bars,
    has_answer,
    marked,
    open_question,
)
from tests.pages.visitor import (
    START_PAGE,
    by_key,
    controls,
    error_boxes,
    figures,
    markdown_in,
    nodes,
    open_page,
    params_of,
    texts_in,
)
from tests.tiny_models import edit_config, make_tiny

CONTROLS_MAX = 6
TEXT = "The cat sleeps in Paris."
NAME_OF = {CLASSIFY.id: "sentiment", TAG.id: "ner"}


@pytest.fixture
def folder(tiny_root: Path) -> Any:
    return lambda name: f"folder:{tiny_root / name}"


@pytest.fixture(params=list(MODES.values()), ids=lambda mode: mode.id)
def mode(request: pytest.FixtureRequest) -> Mode:
    assert isinstance(request.param, Mode)
    return request.param


@pytest.fixture
def at(mode: Mode, folder: Any) -> AppTest:
    """A visitor with an answer, in either mode."""
    return ask(mode, folder(NAME_OF[mode.id]), TEXT)


@pytest.fixture
def predicted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that a model was asked about, in order."""
    asked: list[str] = []
    for task in (text_classification, token_classification):

        def predict(loaded: Any, query: Any, real: Any = task.predict) -> Any:
            asked.append(query.text)
            return real(loaded, query)

        monkeypatch.setattr(task, "predict", predict)
    return asked


def shown_link(at: AppTest) -> str:
    (url,) = (code.value for code in at.code if code.value.startswith("http"))
    return str(url)


def chosen(at: AppTest, mode: Mode) -> str:
    return str(CheckpointRef.parse(str(at.selectbox(key=keys.checkpoint(mode)).value)))


# The first screen


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


# Labels


def test_all_labels_are_bars_with_the_best_first(folder: Any) -> None:
    at = ask(CLASSIFY, folder("sentiment"), TEXT)
    (figure,) = figures(at)
    values = figure["data"][0]["x"]
    assert sorted(bars(at)) == ["negative", "positive"]
    assert sum(values) == pytest.approx(1)
    assert values[0] >= values[1]
    assert any(f"best label “{bars(at)[0]}”" in text for text in texts_in(at.main))
    assert any("sum to 100 %" in text for text in texts_in(at.main))


def test_labels_that_stand_by_themselves_are_said_to_and_share_no_whole(folder: Any) -> None:
    at = ask(CLASSIFY, folder("each"), TEXT)
    (figure,) = figures(at)
    values = figure["data"][0]["x"]
    assert sum(values) != pytest.approx(1, abs=1e-3)
    likely = sum(value > 0.5 for value in values)
    said = texts_in(at.main)
    assert any(f"{likely} of 3 labels" in text and "each by itself" in text for text in said)
    assert not any("sum to 100 %" in text and "do not" not in text for text in said)
    assert figure["layout"]["shapes"][0]["x0"] == 0.5


def test_a_single_number_is_shown_without_a_probability(folder: Any) -> None:
    at = ask(CLASSIFY, folder("number"), TEXT)
    assert error_boxes(at) == []
    assert figures(at) == []
    (said,) = (text for text in texts_in(at.main) if text.startswith("LABEL_0: "))
    assert "%" not in said
    assert any("does not name its labels" in text for text in markdown_in(at.main))


@pytest.mark.parametrize("count", [3, 20])
def test_several_numbers_are_all_there_and_none_is_the_answer(root: Path, count: int) -> None:
    names = [f"trait {i}" for i in range(count)]
    folder = make_tiny(
        "bert",
        root / "traits",
        auto_class=CLASSIFY.auto_class,
        labels=names,
        problem_type="regression",
    )
    at = ask(CLASSIFY, f"folder:{folder}", TEXT)
    assert sorted(bars(at)) == sorted(names)
    (said,) = (text for text in texts_in(at.main) if "so there is no probability" in text)
    assert "each score by itself" in said
    few = count <= BARS_IN_VIEW
    # As the checkpoint has them, whatever their scores.
    assert re.findall(r"trait \d+(?=: )", said) == (names if few else [])
    assert few or said.startswith("20 scores")
    captions = markdown_in(at.main)
    assert any("All 20 scores, the largest first" in text for text in captions) is not few
    assert not any("the best first" in text for text in captions)


def test_one_half_is_not_more_likely_right_than_wrong(
    folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = text_classification.predict

    def even(loaded: Any, query: Any) -> Any:
        result = real(loaded, query)
        labels = (replace(entry, prob=0.5) for entry in result.labels)
        return replace(result, labels=tuple(labels))

    monkeypatch.setattr(text_classification, "predict", even)
    at = ask(CLASSIFY, folder("each"), TEXT)
    assert any("0 of 3 labels are more likely right" in text for text in texts_in(at.main))


@pytest.mark.parametrize("names", [("a\ud800", "b"), ("O", "B-\ud800")], ids=["texts", "tags"])
def test_half_a_character_in_a_label_is_shown_and_saved(root: Path, names: tuple[str, str]) -> None:
    mode = TAG if "O" in names else CLASSIFY
    made = make_tiny("bert", root / "half", auto_class=mode.auto_class, labels=("a", "b"))
    edit_config(made, id2label={"0": names[0], "1": names[1]}, label2id=None)
    at = ask(mode, f"folder:{made}", TEXT)
    for tab in mode.tabs:
        open_question(at, mode, tab)
        assert not at.exception
        assert error_boxes(at) == []


def test_seventy_seven_labels_are_all_there_and_scroll(folder: Any) -> None:
    at = ask(CLASSIFY, folder("intents"), TEXT)
    assert len(bars(at)) == 77
    box = by_key(at, f"{keys.PAGE}_bars_box")
    assert box is not None
    assert box.proto.height_config.pixel_height > 0
    assert any("All 77 labels" in text for text in markdown_in(at.main))


def test_a_second_text_changes_the_answer_and_its_lack_is_noted(folder: Any) -> None:
    at = ask(CLASSIFY, folder("nli"), TEXT)
    assert any("compare two texts" in text for text in markdown_in(at.main))
    before = figures(at)[0]["data"][0]["text"]
    at.text_area(key=keys.PAIR).input("An animal rests.").run()
    assert not any("compare two texts" in text for text in markdown_in(at.main))
    assert figures(at)[0]["data"][0]["text"] != before


# Tags


def test_entities_stand_in_the_text_with_their_labels(folder: Any) -> None:
    at = ask(TAG, folder("ner"), TEXT)
    drawn = marked(at)
    assert drawn is not None
    assert "".join(part["text"] for part in drawn["parts"]) == TEXT
    labels = [part["label"] for part in drawn["parts"] if "label" in part]
    assert labels
    assert set(labels) <= {"PER", "LOC"}
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["label"]) == labels
    assert list(table["text"]) == [p["text"] for p in drawn["parts"] if "label" in p]
    for place, text in zip(table["place"], table["text"], strict=True):
        first, last = map(int, place.split("–"))
        assert TEXT[first - 1 : last] == text


def test_tags_without_entities_mark_every_word_and_say_why(folder: Any) -> None:
    at = ask(TAG, folder("pos"), "The cat sleeps.")
    drawn = marked(at)
    assert drawn is not None
    words = [part["text"] for part in drawn["parts"] if "label" in part]
    assert words == ["The", "cat", "sleeps", "."]
    assert any("not joined to entities" in text for text in markdown_in(at.main))
    assert len(at.dataframe) == 0


def test_every_word_has_its_tag_and_a_chosen_one_all_its_labels(folder: Any) -> None:
    at = open_question(ask(TAG, folder("ner"), TEXT), TAG, "words")
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["word"]) == ["The", "cat", "sleeps", "in", "Paris", "."]
    assert set(bars(at)) == {"O", "B-PER", "I-PER", "B-LOC", "I-LOC"}
    least = table["bar"].argmin()
    assert any(f"word {least + 1}" in t and "least sure" in t for t in texts_in(at.main))
    at.session_state[keys.WORDS] = {"selection": {"rows": [4], "columns": [], "cells": []}}
    at.run()
    assert not at.exception
    assert any("word 5, “Paris”" in text for text in texts_in(at.main))
    assert bars(at)[0] == table["tag"][4]
    # A shorter text has no fifth word any more.
    at.text_area(key=keys.TEXT).input("A cat").run()
    assert not at.exception
    assert any("least sure" in text for text in texts_in(at.main))


def tag_as(monkeypatch: pytest.MonkeyPatch, *tags: str) -> None:
    """Make a tagger give the words of a text these tags, whatever it finds."""
    module = import_module("loupe.tasks.token_classification.predict")
    real = module._tag
    left = list(tags)

    def tag(*asked: Any) -> Any:
        return replace(real(*asked), tag=left.pop(0))

    monkeypatch.setattr(module, "_tag", tag)


def test_an_entity_that_begins_with_i_is_not_called_broken(
    folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag_as(monkeypatch, "O", "I-PER", "I-PER", "O", "B-LOC", "O")
    at = ask(TAG, folder("ner"), TEXT)
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["note"]) == ["begins with I-", ""]
    captions = markdown_in(at.main)
    assert any("1 of them begin with I- (usual in IOB1, irregular" in text for text in captions)
    assert not any("repaired" in text or "break the rules" in text for text in captions)


def test_an_entity_of_bioes_without_its_end_is_said_to_break_the_rules(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tag_as(monkeypatch, "O", "I-X", "I-X", "O", "S-X", "O")
    labels = ("O", "B-X", "I-X", "E-X", "S-X")
    made = make_tiny("bert", root / "bioes", auto_class=TAG.auto_class, labels=labels)
    at = ask(TAG, f"folder:{made}", TEXT)
    (table,) = (frame.value for frame in at.dataframe)
    assert list(table["note"]) == ["repaired", ""]
    captions = markdown_in(at.main)
    assert any("1 repaired" in text and "rules of BIOES" in text for text in captions)
    assert not any("IOB1" in text for text in captions)


@pytest.mark.parametrize("text", ["Emma [SEP] Watson [CLS] flew.", "[SEP] [CLS]"])
def test_typed_signs_of_the_model_are_not_said_to_be_unread(folder: Any, text: str) -> None:
    at = open_question(ask(TAG, folder("ner"), text), TAG, "words")
    assert not at.exception
    captions = markdown_in(at.main)
    assert any(t.startswith("2 parts") and "model’s own signs" in t for t in captions)
    assert not any("were not read" in t for t in captions)


# The other tabs


def test_only_the_open_tab_is_drawn(at: AppTest, mode: Mode) -> None:
    for name, question in mode.tabs.items():
        open_question(at, mode, name)
        assert not at.exception
        assert error_boxes(at) == []
        assert [tab.label for tab in at.tabs if len(tab)] == [question]


def test_the_code_tab_offers_a_script_that_python_reads(at: AppTest, mode: Mode) -> None:
    open_question(at, mode, "code")
    (script,) = (code.value for code in at.code)
    compile(script, "script.py", "exec")
    assert mode.auto_class in script
    assert chosen(at, mode).removeprefix("folder:") in script
    assert "peft" not in script


def test_the_code_tab_looks_its_checkpoint_up_once(
    at: AppTest, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up: list[CheckpointRef] = []

    def looking(ref: CheckpointRef, places: Any) -> Any:
        looked_up.append(ref)
        return resolve(ref, places)

    monkeypatch.setattr(resources, "resolve", looking)
    open_question(at, mode, "code")
    assert len(at.code) == 1
    assert [str(ref) for ref in looked_up] == [chosen(at, mode)]


def test_the_keep_tab_exports_what_is_shown(
    mode: Mode, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, Any] = {}
    real = st.delta_generator.DeltaGenerator.download_button

    def download_button(self: Any, label: str, data: Any, **options: Any) -> Any:
        kept[options["key"]] = data
        return real(self, label, data, **options)

    monkeypatch.setattr(st, "download_button", lambda *a, **o: download_button(st._main, *a, **o))
    text = "我喜欢喝茶。 Anna 😀"
    at = open_question(ask(mode, folder(NAME_OF[mode.id]), text), mode, "keep")
    assert not at.exception
    result = json.loads(kept[f"{keys.PAGE}_json"])
    assert result["query"]["text"] == text
    assert result["task"] == mode.task
    assert result["schema_version"] == 1
    csv = kept[f"{keys.PAGE}_csv"]
    assert csv.startswith("\ufeff".encode())
    table = pd.read_csv(io.BytesIO(csv), encoding="utf-8-sig")
    if mode is CLASSIFY:
        assert table["prob"].sum() == pytest.approx(1)
    else:
        assert list(table[table["row"] == "word"]["text"]) == [*"我喜欢喝茶。", "Anna", "😀"]


def test_the_check_finds_that_the_two_ways_agree(at: AppTest, mode: Mode) -> None:
    open_question(at, mode, "check")
    assert not any("agree" in text for text in markdown_in(at.main))
    at.button(key=f"{keys.PAGE}_check").click().run()
    assert not at.exception
    said = markdown_in(at.main)
    assert any("The two ways agree." in text for text in said)
    assert any("numbers compared" in text for text in texts_in(at.main))


def test_the_check_says_so_when_the_numbers_are_wrong(
    mode: Mode, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    real = torch.log_softmax
    monkeypatch.setattr(torch, "log_softmax", lambda x, dim: real(2 * x, dim))
    at = open_question(ask(mode, folder(NAME_OF[mode.id]), TEXT), mode, "check")
    at.button(key=f"{keys.PAGE}_check").click().run()
    said = markdown_in(at.main)
    assert any("do not agree" in text for text in said)
    assert not any("The two ways agree." in text for text in said)


# Links


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


# Nothing is lost


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


# Bad input

GOOD = {CLASSIFY.id: "sentiment", TAG.id: "ner"}
WRONG = {CLASSIFY.id: "ner", TAG.id: "sentiment"}
SCRIPT = "<script>alert(1)</script>"
IMAGE = "![x](https://elsewhere.example)"

REFUSED = {
    "empty": ("", "no text yet"),
    "white space": (" \n\t\u3000 ", "no text yet"),
    "too long for the model": ("cat " * 80, "reads at most"),
    "100,000 characters": ("x" * 100_000, "characters"),
}


@pytest.mark.parametrize("cause", REFUSED)
def test_a_text_that_cannot_be_read_gets_one_box_and_stays(
    mode: Mode, folder: Any, cause: str
) -> None:
    text, says = REFUSED[cause]
    at = ask(mode, folder(GOOD[mode.id]), text)
    assert not at.exception
    (box,) = error_boxes(at)
    assert box.key == f"error_{keys.PAGE}"
    assert any(says in line for line in texts_in(box))
    assert not has_answer(at)
    assert at.text_area(key=keys.TEXT).value == text
    shorten = by_key(at, f"{keys.PAGE}_shorten")
    assert (shorten is not None) is (says == "reads at most")
    assert len(text) <= MAX_CHARACTERS or shorten is None
    at.text_area(key=keys.TEXT).input(TEXT).run()
    assert error_boxes(at) == []
    assert has_answer(at)


def test_what_fits_of_a_long_text_is_kept_at_a_click(mode: Mode, folder: Any) -> None:
    long = "The cat sleeps. " * 40
    at = ask(mode, folder(GOOD[mode.id]), long, **{keys.PAIR: "Is it a cat?"})
    at.button(key=f"{keys.PAGE}_shorten").click().run()
    assert not at.exception
    assert error_boxes(at) == []
    kept = str(at.text_area(key=keys.TEXT).value)
    assert long.startswith(kept)
    assert len(kept) > 60
    if mode is CLASSIFY:
        assert at.text_area(key=keys.PAIR).value == "Is it a cat?"
    assert has_answer(at)


@pytest.mark.parametrize(
    "text",
    [
        "التقت أنجيلا ميركل برئيس فرنسا",
        "安格拉·默克尔在北京。",
        "👩‍👩‍👧 likes 🎉 👍🏽 e\u0301\u0301",
        "A\x00B\x07 is\x1b[31m \u202eabc\u202c \u200b\ufeff",
        SCRIPT,
        IMAGE,
        "<img src=x onerror=alert(2)> **b** :red[x] $x^2$",
        "{0} {name} {!r} %s",
        "___ [MASK] <mask> [SEP]",
    ],
    ids=["arabic", "chinese", "emoji", "control", "script", "image", "markup", "braces", "masks"],
)
def test_any_text_gets_an_answer_and_is_drawn_as_text(mode: Mode, folder: Any, text: str) -> None:
    at = ask(mode, folder(GOOD[mode.id]), text)
    assert not at.exception
    assert error_boxes(at) == []
    assert at.text_area(key=keys.TEXT).value == text
    for name in mode.tabs:
        open_question(at, mode, name)
        assert not at.exception
        assert_no_markup(at)
    if mode is TAG:
        drawn = marked(at)
        assert drawn is not None
        assert "".join(part["text"] for part in drawn["parts"]) == text


def assert_no_markup(at: AppTest) -> None:
    """Nothing of a person's or a model's stands where Streamlit reads Markdown or HTML."""
    for drawn in markdown_in(at.main):
        assert "<script" not in drawn
        assert "<img" not in drawn
        assert "elsewhere.example" not in drawn
    for node in nodes(at._tree):
        assert getattr(node.proto, "allow_html", False) is False


@pytest.mark.parametrize(("mode", "name"), [(CLASSIFY, "markup"), (TAG, "markup-tags")])
def test_labels_that_are_markup_are_drawn_as_text(folder: Any, mode: Mode, name: str) -> None:
    at = ask(mode, folder(name), TEXT)
    for tab in mode.tabs:
        open_question(at, mode, tab)
        assert not at.exception
        assert error_boxes(at) == []
        assert_no_markup(at)
        for figure in figures(at):
            for drawn in (*figure["layout"]["yaxis"]["ticktext"], *figure["data"][0]["hovertext"]):
                assert "<img" not in drawn
    if mode is CLASSIFY:
        open_question(at, mode, "labels")
        cut = SCRIPT_LABEL[: NAME_CHARACTERS - 1] + "…"
        assert cut.replace("<", "&lt;").replace(">", "&gt;") in bars(at)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("bert", "no trained head"),
        ("gpt2", "no trained head"),
        (None, "no trained head"),
        ("no-such-folder", "no folder"),
    ],
    ids=["masked LM", "causal LM", "the other mode's", "missing"],
)
def test_a_checkpoint_of_the_wrong_kind_gets_one_box(
    mode: Mode, folder: Any, name: str | None, says: str
) -> None:
    made = folder(name or WRONG[mode.id])
    at = ask(mode, folder(GOOD[mode.id]), TEXT)
    at.selectbox(key=keys.checkpoint(mode)).select(made).run()
    assert not at.exception
    (box,) = error_boxes(at)
    if (mode, name) != (CLASSIFY, None):  # there, loading finds that weights are missing
        assert any(says in line for line in texts_in(box))
    assert not has_answer(at)
    assert at.text_area(key=keys.TEXT).value == TEXT
    at.selectbox(key=keys.checkpoint(mode)).select(folder(GOOD[mode.id])).run()
    assert error_boxes(at) == []
    assert has_answer(at)


def test_no_element_fetches_anything_from_elsewhere(at: AppTest) -> None:
    for node in nodes(at._tree):
        assert "http://" not in str(node.proto).replace("http://localhost", "")
        assert "https://" not in str(node.proto).replace('placeholder: "https://', "")
