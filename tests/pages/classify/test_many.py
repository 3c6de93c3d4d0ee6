"""Classify and tag many texts: pasted and from files, as a table and as files, and cancelled."""

from __future__ import annotations

import csv
import io
import json
import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from components.classify import keys
from components.classify.modes import Mode
from loupe.tasks import text_classification, token_classification
from tests.pages.classifiers import (
    CLASSIFY,
    CLASSIFY_PAGE,
    NAME_OF,
    SCRIPT_LABEL,
    TAG,
    open_question,
)
from tests.pages.classify.long_work import WAIT_S, press, settled, visit
from tests.pages.visitor import (
    START_PAGE,
    error_boxes,
    markdown_in,
    offered_files,
    texts_in,
)

LINES = "The cat sleeps.\n\n我喜欢喝茶\n=1+1\n" + "cat " * 90
CSV = b"id,text,note\n1,The cat sleeps.,=2+2\n2,,empty\n3,The dog runs.,x\n"


def start(mode: Mode) -> str:
    return f"{keys.many(mode)}_start"


@pytest.fixture
def at(mode: Mode, folder: Any) -> AppTest:
    """A visitor whose texts are read, in either mode."""
    at = visit(mode, folder(NAME_OF[mode.id]), "many", **{keys.MANY_TEXT: LINES})
    return press(at, start(mode))


def table(at: AppTest) -> Any:
    (frame,) = at.dataframe
    return frame.value


def rows_of(data: Any) -> list[dict[str, str]]:
    text = (data() if callable(data) else data).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_every_line_gets_its_row_and_empty_ones_none(at: AppTest, mode: Mode) -> None:
    assert not at.exception
    assert error_boxes(at) == []
    found = table(at)
    assert list(found["line"]) == [1, 3, 4, 5]
    assert list(found["text"]) == LINES.replace("\n\n", "\n").split("\n")
    assert list(found["note"]) == ["", "", "", "only its beginning was read"]
    facts = next(text for text in texts_in(at.main) if text.startswith("4 texts"))
    assert "only their beginning was read: 1" in facts
    if mode is CLASSIFY:
        assert set(found["given"]) <= {"negative", "positive"}
        total = found["label_0"] + found["label_1"]
        assert total.tolist() == pytest.approx([1.0] * 4)


def test_what_is_shown_is_kept_as_csv_and_json(
    at: AppTest, mode: Mode, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = offered_files(monkeypatch)
    at.run()
    rows = rows_of(kept[f"{keys.PAGE}_many_csv"])
    saved = json.loads(kept[f"{keys.PAGE}_many_json"]())
    assert saved["schema_version"] == 1
    assert [row["text"] for row in saved["rows"]][2] == "=1+1", "JSON runs nothing"
    if mode is CLASSIFY:
        assert [row["line"] for row in rows] == ["1", "3", "4", "5"]
        assert float(rows[0]["prob negative (0)"]) + float(
            rows[0]["prob positive (1)"]
        ) == pytest.approx(1)
    assert not any(value.startswith("=") for row in rows for value in row.values())
    assert any(row["text"].startswith("'=") for row in rows)


def test_a_column_of_a_table_is_read_and_its_other_columns_are_kept(
    mode: Mode, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = visit(mode, folder(NAME_OF[mode.id]), "many", **{keys.MANY_TEXT: "not this"})
    at.file_uploader(key=keys.MANY_FILE).upload("mine.csv", CSV).run()
    assert at.selectbox(key=keys.MANY_COLUMN).value == "text"
    kept = offered_files(monkeypatch)
    press(at, start(mode))
    assert not at.exception
    found = table(at)
    assert list(found["text"]) == ["The cat sleeps.", "", "The dog runs."]
    assert list(found["note"]) == ["", "empty", ""]
    rows = rows_of(kept[f"{keys.PAGE}_many_csv"])
    notes = {row["line"]: row["note"] for row in rows}
    assert notes["1"] == "'=2+2", "a formula of the file's is none in ours either"
    assert notes["3"] == "x"
    assert any("mine.csv" in text for text in texts_in(at.main))


def test_lines_of_a_text_file_are_read(folder: Any) -> None:
    at = visit(CLASSIFY, folder("sentiment"), "many")
    at.file_uploader(key=keys.MANY_FILE).upload("mine.txt", b"one\n\ntwo\n").run()
    press(at, start(CLASSIFY))
    assert list(table(at)["text"]) == ["one", "two"]


def test_the_result_stays_while_another_page_or_checkpoint_is_looked_at(
    at: AppTest, mode: Mode, folder: Any
) -> None:
    before = table(at)
    at.switch_page(START_PAGE).run()
    at.switch_page(CLASSIFY_PAGE).run()
    open_question(at, mode, "many")
    assert table(at).equals(before)
    other = folder("nli" if mode is CLASSIFY else "pos")
    at.selectbox(key=keys.checkpoint(mode)).select(other).run()
    assert not at.exception
    assert table(at).equals(before)
    assert any(text.startswith("This was read by") for text in texts_in(at.main))


@pytest.mark.parametrize("name", ["each", "number", "intents", "markup"])
def test_each_kind_of_classifier_has_its_columns(folder: Any, name: str) -> None:
    at = visit(CLASSIFY, folder(name), "many", **{keys.MANY_TEXT: "A cat.\nA dog."})
    press(at, start(CLASSIFY))
    assert not at.exception
    found = table(at)
    columns = [column for column in found.columns if column.startswith("label_")]
    assert len(columns) == {"each": 3, "number": 1, "intents": 12, "markup": 2}[name]
    captions = markdown_in(at.main)
    assert any("measures" in text for text in captions) is (name == "number")
    assert any("have all 77" in text for text in captions) is (name == "intents")
    assert not any(SCRIPT_LABEL in text for text in captions)
    assert ("best" in found.columns) is (name == "intents"), "of two, both stand there anyway"
    if name == "intents":
        first = found.iloc[0]
        assert first["best"] == first[columns].max()
    if name == "number":
        assert set(found["given"]) == {""}


def test_tags_of_every_word_stand_beside_their_words(folder: Any) -> None:
    at = visit(TAG, folder("pos"), "many", **{keys.MANY_TEXT: "The cat sleeps."})
    press(at, start(TAG))
    found = table(at)
    assert len(str(found["found"][0]).split()) == 4
    assert "count" not in found.columns


def test_a_batch_is_cancelled_and_the_model_is_free_again(
    mode: Mode, folder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_loaded: Any, _query: Any, ticket: Any) -> Any:
        ticket.report(3, 10, "texts")
        while not ticket.cancelled.wait(0.01):
            yield ()

    task = text_classification if mode is CLASSIFY else token_classification
    name = "classify_in_turns" if mode is CLASSIFY else "tag_in_turns"
    monkeypatch.setattr(task, name, slow)
    at = visit(mode, folder(NAME_OF[mode.id]), "many", **{keys.MANY_TEXT: "One.\nTwo."})
    at.button(key=start(mode)).click().run()
    work = at.session_state[keys.many(mode)]
    deadline = time.monotonic() + WAIT_S
    while work.ticket.progress is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    at.run()
    assert at.button(key=start(mode)).disabled
    # The single text has its answer in between.
    at.text_area(key=keys.TEXT).input("Another text.").run()
    assert error_boxes(at) == []
    at.button(key=f"{keys.many(mode)}_cancel").click().run()
    settled(at)
    assert not at.exception
    assert any("Cancelled" in text for text in texts_in(at.main))
    assert not at.button(key=start(mode)).disabled
    assert len(at.dataframe) == 0


def test_what_was_typed_last_is_read(folder: Any) -> None:
    """Text and click arrive together, as from a quick hand."""
    at = visit(CLASSIFY, folder("sentiment"), "many", **{keys.MANY_TEXT: "old"})
    at.text_area(key=keys.MANY_TEXT).input("new")
    press(at, start(CLASSIFY))
    assert list(table(at)["text"]) == ["new"]


def test_texts_can_be_given_while_the_single_one_is_empty(mode: Mode, folder: Any) -> None:
    session = {keys.MANY_TEXT: "A cat."}
    at = visit(mode, folder(NAME_OF[mode.id]), "many", **session)
    at.text_area(key=keys.TEXT).input("").run()
    assert [box.key for box in error_boxes(at)] == [f"error_{keys.PAGE}"]
    press(at, start(mode))
    assert list(table(at)["text"]) == ["A cat."]
