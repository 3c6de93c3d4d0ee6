"""Classify and tag: the labels of a text."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from components.classify import keys
from components.classify.labels import BARS_IN_VIEW
from components.quoted import quoted
from loupe.tasks import text_classification
from tests.pages.classifiers import CLASSIFY, TAG, TEXT, ask, bars, open_question, unforeseen
from tests.pages.visitor import by_key, error_boxes, figures, markdown_in, texts_in
from tests.tiny_models import edit_config, make_tiny


def test_all_labels_are_bars_with_the_best_first(folder: Any) -> None:
    at = ask(CLASSIFY, folder("sentiment"), TEXT)
    (figure,) = figures(at)
    values = figure["data"][0]["x"]
    assert sorted(bars(at)) == ["negative", "positive"]
    assert sum(values) == pytest.approx(1)
    assert values[0] >= values[1]
    assert any(f"best label {quoted(bars(at)[0])}" in text for text in texts_in(at.main))
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
        assert unforeseen(at) == []


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
