"""From which probability on a label is given: by the slider, or by a run's own decision."""

from __future__ import annotations

from typing import Any

import pytest

from components import resources
from components.classify import given, keys
from components.classify.given import Given
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.data.outcomes import Classes, ClassRow
from loupe.runs.decision import Decision, write_decision
from loupe.tasks.text_classification import Meaning
from tests.pages.classifiers import CLASSIFY, TEXT, ask, bars, open_question
from tests.pages.visitor import figures, markdown_in, texts_in


def test_without_a_choice_the_most_probable_class_is_given(folder: Any) -> None:
    at = ask(CLASSIFY, folder("sentiment"), TEXT)
    assert not any("given:" in text for text in texts_in(at.main))


def test_the_slider_parts_two_classes_and_the_first_tab_says_so(folder: Any) -> None:
    at = open_question(ask(CLASSIFY, folder("sentiment"), TEXT), CLASSIFY, "given")
    (slider,) = at.slider
    assert slider.value == 0.5
    slider.set_value(0.001).run()
    assert "Given: “positive”" in texts_in(at.main)
    assert bars(at) == ["positive"]
    at.slider[0].set_value(1.0).run()
    assert "Given: “negative”" in texts_in(at.main)
    open_question(at, CLASSIFY, "labels")
    assert any("given: “negative” (“positive” from" in text for text in texts_in(at.main))


def test_labels_that_stand_by_themselves_may_be_none_or_all(folder: Any) -> None:
    at = open_question(ask(CLASSIFY, folder("each"), TEXT), CLASSIFY, "given")
    at.slider[0].set_value(0.0).run()
    assert "Given: “" in next(text for text in texts_in(at.main) if text.startswith("Given"))
    assert len(bars(at)) == 3
    at.slider[0].set_value(1.0).run()
    assert "Given: no label" in texts_in(at.main)


@pytest.mark.parametrize(("name", "says"), [("nli", "no threshold"), ("number", "measures")])
def test_where_no_threshold_applies_it_is_said(folder: Any, name: str, says: str) -> None:
    at = open_question(ask(CLASSIFY, folder(name), TEXT), CLASSIFY, "given")
    assert not at.exception
    assert len(at.slider) == 0
    assert any(says in text for text in texts_in(at.main))


def test_the_decision_of_a_run_holds_and_is_said(
    folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Decision("negative", 0.001)
    monkeypatch.setattr(given, "kept_decision", lambda _ref, _labels: kept)
    at = ask(CLASSIFY, folder("sentiment"), TEXT)
    assert any(
        "given: “negative” (“negative” from 0.001000 on, this run’s own)" in text
        for text in texts_in(at.main)
    )
    open_question(at, CLASSIFY, "given")
    assert at.slider[0].value == 0.001
    at.slider[0].set_value(1.0).run()
    assert "Given: “positive”" in texts_in(at.main)
    open_question(at, CLASSIFY, "labels")
    assert not any("this run’s own" in text for text in texts_in(at.main))


def line_of(at: Any) -> float:
    """Where the figure's line stands."""
    (figure,) = figures(at)
    (line,) = figure["layout"]["shapes"]
    assert line["x0"] == line["x1"]
    return float(line["x0"])


@pytest.mark.parametrize("label", ["a", "b"])
def test_of_labels_by_themselves_the_line_is_the_sliders_whatever_label_was_decided(
    label: str, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = Decision(label, 0.001)
    monkeypatch.setattr(given, "kept_decision", lambda _ref, _labels: kept)
    at = open_question(ask(CLASSIFY, folder("each"), TEXT), CLASSIFY, "given")
    assert line_of(at) == 0.5
    held = f"“{label}” from 0.001000 on. It holds for this label"
    assert any(held in said for said in markdown_in(at.main))
    at.slider[0].set_value(0.25).run()
    assert line_of(at) == 0.25
    assert not any(held in said for said in markdown_in(at.main))


def test_a_slider_that_is_put_back_holds_for_all_labels_until_the_runs_own_is_asked_for(
    folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(given, "kept_decision", lambda _ref, _labels: Decision("a", 0.999))
    at = open_question(ask(CLASSIFY, folder("each"), TEXT), CLASSIFY, "given")
    back = f"{keys.PAGE}_given_back"
    own = next(text for text in texts_in(at.main) if text.startswith("Given:"))
    assert "“a”" not in own
    assert not any(button.key == back for button in at.button)
    at.slider[0].set_value(0.0).run()
    assert "“a”" in next(text for text in texts_in(at.main) if text.startswith("Given:"))
    at.slider[0].set_value(0.5).run()
    assert not at.exception
    assert any("It does not hold" in said for said in markdown_in(at.main))
    open_question(at, CLASSIFY, "labels")
    assert not any("this run’s own threshold" in text for text in texts_in(at.main))
    open_question(at, CLASSIFY, "given")
    at.button(key=back).click().run()
    assert at.slider[0].value == 0.5
    assert next(text for text in texts_in(at.main) if text.startswith("Given:")) == own
    open_question(at, CLASSIFY, "labels")
    assert any("by this run’s own threshold" in text for text in texts_in(at.main))


def test_a_decision_is_read_where_the_run_keeps_it() -> None:
    ref = CheckpointRef(Kind.RUN, "mine")
    folder = resources.places().runs / "mine"
    folder.mkdir(parents=True)
    assert given.kept_decision(ref, ("ham", "spam")) is None
    outcome = Classes(("ham", "spam"), (ClassRow("a", 0, (0.6, 0.4)),))
    write_decision(folder / "decision.json", Decision("spam", 0.3), outcome)
    assert given.kept_decision(ref, ("ham", "spam")) == Decision("spam", 0.3)
    assert given.given_by(ref, ("ham", "spam"), Meaning.ONE_OF).of((0.65, 0.35)) == (1,)
    # Of labels that it has not, and of what is no run, it says nothing.
    assert given.kept_decision(ref, ("bad", "good")) is None
    assert given.kept_decision(CheckpointRef(Kind.FOLDER, "/mine"), ("ham", "spam")) is None


@pytest.mark.parametrize(
    ("asked", "probs", "expected"),
    [
        (Given(("a", "b", "c"), None), (0.2, 0.5, 0.3), (1,)),
        (Given(("a", "b"), (0.3, 0.3), 1), (0.7, 0.3), (1,)),
        (Given(("a", "b"), (0.3, 0.3), 1), (0.71, 0.29), (0,)),
        (Given(("a", "b"), (0.9, 0.9), 0), (0.8, 0.2), (1,)),
        (Given(("a", "b", "c"), (0.5, 0.1, 0.5)), (0.5, 0.2, 0.4), (0, 1)),
        (Given(("a", "b"), (0.5, 0.5)), (0.1, 0.1), ()),
        (Given(("a", "b"), (0.5, 0.5)), (0.5, 0.4999), (0,)),
        (Given(("a",), None), (), ()),
    ],
)
def test_a_label_is_given_from_its_threshold_on(
    asked: Given, probs: tuple[float, ...], expected: tuple[int, ...]
) -> None:
    assert asked.of(probs) == expected


def test_a_threshold_belongs_to_its_checkpoint(folder: Any) -> None:
    at = open_question(ask(CLASSIFY, folder("sentiment"), TEXT), CLASSIFY, "given")
    at.slider[0].set_value(0.9).run()
    at.selectbox(key=keys.checkpoint(CLASSIFY)).select(folder("markup")).run()
    assert at.slider[0].value == 0.5
    at.selectbox(key=keys.checkpoint(CLASSIFY)).select(folder("sentiment")).run()
    assert at.slider[0].value == 0.9
