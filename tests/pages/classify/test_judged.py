"""How good a checkpoint is: labelled rows of any dataset, judged, drawn, and kept."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from sklearn.metrics import accuracy_score, f1_score  # type: ignore[import-untyped]
from streamlit.testing.v1 import AppTest

from components.classify import keys
from components.classify.modes import Mode
from components.dataset import keys as dataset_keys
from components.dataset.source import FILE, SAMPLE
from components.quality.place import Place
from tests.pages.classifiers import CLASSIFY, CLASSIFY_PAGE, TAG, open_question
from tests.pages.classify.long_work import press, settled, visit
from tests.pages.visitor import (
    START_PAGE,
    by_key,
    error_boxes,
    figures,
    markdown_in,
    offered_files,
    texts_in,
)

TEXTS = """text,label
The cat sleeps.,positive
It is cold and rainy.,negative
A quick brown fox.,Positive
,negative
She sells sea shells.,negative
"""
SENTENCES = """Anna B-PER
Smith I-PER
sleeps O

The O
cat O
in O
Paris B-LOC
"""


def judge(mode: Mode) -> str:
    return f"{keys.judged(mode)}_start"


def place(mode: Mode, number: int = 1) -> Place:
    return Place(keys.PAGE, f"{keys.judged(mode)}_{number}")


def visit_file(mode: Mode, checkpoint: str, path: Path, **session: Any) -> AppTest:
    """A visitor whose data are a file."""
    values = {dataset_keys.KIND: FILE, dataset_keys.PATH: str(path), **session}
    return visit(mode, checkpoint, "good", **values)


@pytest.fixture
def texts(root: Path) -> Path:
    path = root / "mine.csv"
    path.write_text(TEXTS.replace("Positive", "positive"), "utf-8")
    return path


@pytest.fixture
def sentences(root: Path) -> Path:
    path = root / "mine.conll"
    path.write_text(SENTENCES.replace(" ", "\t"), "utf-8")
    return path


def metrics(at: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in at.metric}


def test_the_tab_opens_on_bundled_data_of_its_kind(mode: Mode, folder: Any) -> None:
    at = visit(mode, folder("sentiment" if mode is CLASSIFY else "ner"), "good")
    assert not at.exception
    assert at.selectbox(key=dataset_keys.SAMPLE).value == mode.sample
    assert at.selectbox(key=keys.SPLIT).value == "test"
    # The other mode brings its own, as long as nobody has chosen any.
    other = TAG if mode is CLASSIFY else CLASSIFY
    at.session_state[keys.checkpoint(other)] = folder("ner" if other is TAG else "sentiment")
    at.segmented_control(key=keys.MODE).set_value(other.id).run()
    at.session_state[keys.tabs(other)] = other.tabs["good"]
    settled(at.run())
    assert not at.exception
    assert at.selectbox(key=dataset_keys.SAMPLE).value == other.sample


def test_labelled_texts_are_judged_with_every_number_and_row(
    folder: Any, texts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = offered_files(monkeypatch)
    at = visit_file(CLASSIFY, folder("sentiment"), texts)
    assert error_boxes(at) == []
    press(at, judge(CLASSIFY))
    assert not at.exception
    assert error_boxes(at) == []
    rows = list(csv.DictReader(io.StringIO(kept[f"{keys.PAGE}_judged_csv"]().decode("utf-8-sig"))))
    # The row without a text takes no part.
    assert [row["row"] for row in rows] == ["1", "2", "3", "5"]
    truth, given = [r["truth"] for r in rows], [r["predicted"] for r in rows]
    assert truth == ["positive", "negative", "positive", "negative"]
    shown = metrics(at)
    assert float(shown["Accuracy"].removesuffix(" %")) == pytest.approx(
        100 * accuracy_score(truth, given)
    )
    assert float(shown["F1"]) == pytest.approx(
        f1_score(truth, given, average="macro", zero_division=0), abs=5e-4
    )
    for name in ("confusion", "threshold_figure", "mistakes"):
        assert by_key(at, place(CLASSIFY).key(name)) is not None, name
    (classes,) = (frame.value for frame in at.dataframe)
    assert sorted(classes["label"]) == ["negative", "positive"]
    wrong = sum(a != b for a, b in zip(truth, given, strict=True))
    assert any(f"{wrong} of 4 rows are wrong" in text for text in texts_in(at.main))


def test_a_square_opens_its_rows_and_a_threshold_moves_them(folder: Any, texts: Path) -> None:
    at = press(visit_file(CLASSIFY, folder("sentiment"), texts), judge(CLASSIFY))
    at.slider(key=f"{place(CLASSIFY).key('threshold')}_1").set_value(0.0).run()
    cell = at.selectbox(key=place(CLASSIFY).key("cell"))
    assert len(cell.options) == 2, "all are given one class"
    cell.set_value((0, 1)).run()
    assert not at.exception
    assert by_key(at, place(CLASSIFY).key("cell_rows")) is not None
    assert metrics(at)["Accuracy"] == "50.0 %"


def test_labels_that_the_model_has_not_are_asked_and_rows_can_be_left_out(
    folder: Any, root: Path
) -> None:
    path = root / "other.csv"
    path.write_text("text,label\nA cat.,good\nA dog.,bad\nA fox.,unclear\n", "utf-8")
    model = folder("sentiment")
    at = visit_file(CLASSIFY, model, path)
    (box,) = error_boxes(at)
    assert box.key == f"error_{keys.PAGE}_match"
    assert any("“bad”, “good”, “unclear”" in text for text in texts_in(box))
    assert at.button(key=judge(CLASSIFY)).disabled

    def choose(name: str, value: int) -> None:
        at.selectbox(key=keys.match(CLASSIFY, f"{model}_{name}")).set_value(value).run()

    choose("good", 1)
    choose("bad", 0)
    (box,) = error_boxes(at)
    assert any("“unclear”." in text for text in texts_in(box))
    choose("unclear", -1)
    assert error_boxes(at) == []
    press(at, judge(CLASSIFY))
    assert any("of 2 rows are wrong" in t or "every row is right" in t for t in texts_in(at.main))


def test_several_labels_a_row_are_judged_by_themselves(folder: Any, root: Path) -> None:
    path = root / "several.jsonl"
    path.write_text(
        '{"text": "A cat.", "label": ["a", "b"]}\n'
        '{"text": "A dog.", "label": []}\n'
        '{"text": "A fox.", "label": ["c"]}\n',
        "utf-8",
    )
    at = press(visit_file(CLASSIFY, folder("each"), path), judge(CLASSIFY))
    assert not at.exception
    assert error_boxes(at) == []
    assert set(metrics(at)) == {"Accuracy", "Precision", "Recall", "F1"}
    assert by_key(at, place(CLASSIFY).key("confusion")) is None
    assert by_key(at, place(CLASSIFY).key("threshold_figure")) is not None


def test_tagged_sentences_are_judged_by_whole_entities(
    folder: Any, sentences: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = offered_files(monkeypatch)
    at = visit_file(TAG, folder("ner"), sentences)
    assert error_boxes(at) == []
    press(at, judge(TAG))
    assert not at.exception
    assert error_boxes(at) == []
    assert set(metrics(at)) == {"Accuracy of words", "Precision", "Recall", "F1"}
    (types,) = (frame.value for frame in at.dataframe)
    assert {"LOC", "PER"} <= set(types["type"])
    rows = list(csv.DictReader(io.StringIO(kept[f"{keys.PAGE}_judged_csv"]().decode("utf-8-sig"))))
    assert [row["text"] for row in rows] == [
        *("Anna", "Smith", "sleeps"),
        *("The", "cat", "in", "Paris"),
    ]
    assert [row["truth"] for row in rows][:2] == ["B-PER", "I-PER"]
    right = sum(row["right"] == "True" for row in rows)
    assert float(metrics(at)["Accuracy of words"].removesuffix(" %")) == pytest.approx(
        100 * right / 7, abs=0.05
    )


def test_the_outcome_stays_while_another_page_is_looked_at(folder: Any, texts: Path) -> None:
    at = press(visit_file(CLASSIFY, folder("sentiment"), texts), judge(CLASSIFY))
    before = metrics(at)
    at.switch_page(START_PAGE).run()
    at.switch_page(CLASSIFY_PAGE).run()
    settled(open_question(at, CLASSIFY, "good"))
    assert not at.exception
    assert metrics(at) == before
    assert any("on mine.csv, split" in text for text in texts_in(at.main))


def test_another_outcome_has_choices_of_its_own(folder: Any, texts: Path) -> None:
    at = press(visit_file(CLASSIFY, folder("sentiment"), texts), judge(CLASSIFY))
    at.slider(key=f"{place(CLASSIFY).key('threshold')}_1").set_value(0.9).run()
    press(at, judge(CLASSIFY))
    assert not at.exception
    assert at.slider(key=f"{place(CLASSIFY, 2).key('threshold')}_1").value == 0.5


def test_other_data_begin_with_the_split_that_was_held_out(folder: Any, texts: Path) -> None:
    at = visit_file(CLASSIFY, folder("sentiment"), texts)
    assert at.selectbox(key=keys.SPLIT).value == "train"
    at.segmented_control(key=dataset_keys.KIND).set_value(SAMPLE).run()
    settled(at)
    assert at.selectbox(key=keys.SPLIT).value == "test"
    at.selectbox(key=keys.SPLIT).select("train").run()
    assert settled(at).selectbox(key=keys.SPLIT).value == "train", "of these data it stays"


def test_rows_are_evenly_apart_where_not_all_are_judged(folder: Any) -> None:
    at = visit(CLASSIFY, folder("sentiment"), "good")
    at.selectbox(key=keys.ROWS).set_value(200).run()
    settled(at)
    assert any("200 of 311 rows, evenly apart" in text for text in markdown_in(at.main))
    press(at, judge(CLASSIFY))
    assert not at.exception
    assert any("of 200 rows" in t or "of 199 rows" in t for t in texts_in(at.main))
    assert len(figures(at)) == 2
