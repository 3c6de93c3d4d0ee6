"""The tab "A whole document?": pasted, from files, cancelled, and exported."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from components.translate import keys
from components.translate.modes import SUMMARISE, TRANSLATE
from loupe.engine import State
from loupe.tasks import translation
from tests.pages.translators import (
    ask,
    done,
    open_question,
    said,
    strip,
    table,
)
from tests.pages.visitor import (
    by_key,
    error_boxes,
    markdown_in,
    texts_in,
)

pytest_plugins = ("tests.pages.translate_fixtures",)
pytestmark = [
    pytest.mark.usefixtures("translate_roots"),
    # MarianTokenizer says so at every load, and then never calls it.
    pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses"),
]


@pytest.fixture
def at_document(marian: str) -> AppTest:
    return open_question(ask(TRANSLATE, marian), TRANSLATE, "document")


def test_a_document_becomes_a_table_with_every_sentence(at_document: AppTest) -> None:
    at = at_document
    assert len(at.dataframe) == 0
    at.text_area(key=keys.DOCUMENT_TEXT).input("The cat sleeps. It is late.\n\nThe dog runs.").run()
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    at.session_state[keys.work(TRANSLATE)].ticket.result(30)
    at.run()
    assert not at.exception
    found = table(at, "line")
    assert list(found["source"]) == ["The cat sleeps.", "It is late.", "The dog runs."]
    assert list(found["line"]) == [1, 1, 3]
    assert any("3 sentences" in text for text in texts_in(at.main))
    assert by_key(at, f"{keys.DOCUMENT}_csv") is not None
    # Outputs of random weights rarely end by themselves: what lacks its end says so.
    unfinished = at.session_state[keys.work(TRANSLATE)].ticket.result(0).unfinished
    assert list(found["note"] != "").count(True) == len(unfinished)


def test_a_document_is_cancelled_and_the_model_is_free_again(
    at_document: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_loaded: Any, _query: Any, ticket: Any) -> Any:
        ticket.report(3, 10, "sentences")
        while not ticket.cancelled.wait(0.01):
            yield ()

    monkeypatch.setattr(translation, "document_in_turns", slow)
    at = at_document
    at.text_area(key=keys.DOCUMENT_TEXT).input("One. Two.").run()
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    ticket = at.session_state[keys.work(TRANSLATE)].ticket
    while ticket.progress is None:
        pass
    at.run()
    assert at.button(key=f"{keys.DOCUMENT}_start").disabled
    (bar,) = at.main.get("progress")
    assert "3 of 10 sentences" in bar.proto.text
    assert " left" in bar.proto.text
    at.button(key=f"{keys.DOCUMENT}_cancel").click().run()
    assert ticket.state is State.CANCELLED
    at.run()
    assert "Cancelled." in said(at)
    assert error_boxes(at) == []
    assert not at.button(key=f"{keys.DOCUMENT}_start").disabled
    at.text_area(key=keys.TEXT).input("The dog runs.").run()
    assert strip(at)


def test_a_column_of_a_table_is_translated_row_by_row(at_document: AppTest) -> None:
    at = at_document
    data = b'id;text\n1;The cat\n2;\n3;"The\ndog; runs"\n'
    at.file_uploader(key=keys.DOCUMENT_FILE).upload("rows.csv", data).run()
    assert not at.exception
    assert at.selectbox(key=keys.DOCUMENT_COLUMN).value == "text"
    assert any("(cells: 1)" in text for text in markdown_in(at.main))
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    at.session_state[keys.work(TRANSLATE)].ticket.result(30)
    at.run()
    found = table(at, "line")
    assert list(found["source"]) == ["The cat", "The dog; runs"]
    assert list(found["line"]) == [1, 3]


def test_a_text_that_is_too_long_is_offered_as_a_document(marian: str) -> None:
    long = "The cat sleeps. " * 400
    at = ask(TRANSLATE, marian, long)
    at.button(key=f"{keys.PAGE}_as_document").click().run()
    assert at.text_area(key=keys.DOCUMENT_TEXT).value == long
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    result = at.session_state[keys.work(TRANSLATE)].ticket.result(30)
    assert len(result.rows) == 400
    at.run()
    assert not at.exception
    assert len(table(at, "line")) == 400


# Summaries


LONG = "The cat sleeps on the mat. " * 60


@pytest.fixture
def bart(pairs_root: Path) -> str:
    return f"folder:{pairs_root / 'bart'}"


def test_a_text_that_is_too_long_for_one_summary_is_summarised_in_parts(bart: str) -> None:
    at = ask(SUMMARISE, bart, LONG)
    assert by_key(at, f"{keys.PAGE}_shorten") is not None
    at.button(key=f"{keys.PAGE}_as_document").click().run()
    assert at.text_area(key=keys.DOCUMENT_TEXT).value == LONG
    result = done(at, SUMMARISE)
    found = table(at, "compression")
    assert len(found) == len(result.rows) > 1
    assert " ".join(found["source"]).split() == LONG.split()
    assert list(found["part"]) == [f"{i} of {len(found)}" for i in range(1, len(found) + 1)]
    assert f"{len(found)} summaries" in said(at)
    assert at.text_area(key=keys.TEXT).value == LONG


def test_each_row_of_a_file_has_a_summary_of_its_own(t5: str) -> None:
    at = open_question(ask(SUMMARISE, t5), SUMMARISE, "document")
    data = b"id,text\n1,The cat sleeps. It is late.\n2,\n3,The dog runs.\n"
    at.file_uploader(key=keys.DOCUMENT_FILE).upload("rows.csv", data).run()
    assert by_key(at, keys.breaks(SUMMARISE)) is None
    done(at, SUMMARISE)
    found = table(at, "compression")
    assert list(found["source"]) == ["The cat sleeps. It is late.", "The dog runs."]
    assert list(found["line"]) == [1, 3]


def test_each_mode_has_a_document_of_its_own(t5: str) -> None:
    at = open_question(
        ask(TRANSLATE, t5, **{keys.checkpoint(SUMMARISE): t5}), TRANSLATE, "document"
    )
    at.text_area(key=keys.DOCUMENT_TEXT).input("The cat sleeps.\nThe dog runs.").run()
    done(at, TRANSLATE)
    at.segmented_control(key=keys.MODE).set_value(SUMMARISE.id).run()
    open_question(at, SUMMARISE, "document")
    assert len(at.dataframe) == 0
    done(at, SUMMARISE)
    assert list(table(at, "compression")["source"]) == ["The cat sleeps. The dog runs."]
    at.segmented_control(key=keys.MODE).set_value(TRANSLATE.id).run()
    open_question(at, TRANSLATE, "document")
    assert len(table(at, "output")) == 2


# Exports


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the page's download buttons hold, by their keys."""
    kept: dict[str, Any] = {}
    real = st.download_button

    def download_button(label: str, data: Any, **options: Any) -> Any:
        kept[options["key"]] = data
        return real(label, data, **options)

    monkeypatch.setattr(st, "download_button", download_button)
    return kept


def read(make: Callable[[], bytes]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(make().decode("utf-8-sig"))))


def test_the_other_columns_of_a_file_are_kept_beside_the_translation(
    at_document: AppTest, downloads: dict[str, Any]
) -> None:
    at = at_document
    data = b"source,text,note\na,The cat sleeps. It is late.,x\nb,,y\nc,The dog.,=1+1\n"
    at.file_uploader(key=keys.DOCUMENT_FILE).upload("rows.csv", data).run()
    result = done(at, TRANSLATE)
    rows = read(downloads[f"{keys.DOCUMENT}_csv"])
    assert [row["source"] for row in rows] == ["The cat sleeps.", "It is late.", "The dog."]
    assert [row["source (rows.csv)"] for row in rows] == ["a", "a", "c"]
    assert [row["line"] for row in rows] == ["1", "1", "3"]
    assert [row["note"] for row in rows] == ["x", "x", "'=1+1"]
    whole = read(downloads[f"{keys.DOCUMENT}_file_csv"])
    assert [row["source"] for row in whole] == ["a", "b", "c"]
    assert [row["text"] for row in whole] == ["The cat sleeps. It is late.", "", "The dog."]
    assert whole[1]["translation"] == ""
    assert all(row.target in whole[0]["translation"] for row in result.rows[:2])
    assert any("From rows.csv, column “text”" in text for text in texts_in(at.main))


def test_a_pasted_document_has_no_columns_of_others(
    at_document: AppTest, downloads: dict[str, Any]
) -> None:
    at_document.text_area(key=keys.DOCUMENT_TEXT).input("The cat sleeps.").run()
    done(at_document, TRANSLATE)
    (row,) = read(downloads[f"{keys.DOCUMENT}_csv"])
    assert list(row) == [
        "number",
        "line",
        "source",
        "target",
        "start",
        "end",
        "part",
        "of",
        "ending",
    ]
    assert f"{keys.DOCUMENT}_file_csv" not in downloads


def test_a_start_that_fails_leaves_the_last_result_where_it_is(at_document: AppTest) -> None:
    at = at_document
    at.text_area(key=keys.DOCUMENT_TEXT).input("The cat sleeps.").run()
    done(at, TRANSLATE)
    at.text_area(key=keys.DOCUMENT_TEXT).input("").run()
    at.button(key=f"{keys.DOCUMENT}_start").click().run()
    (box,) = error_boxes(at)
    assert any("no text yet" in text for text in texts_in(box))
    assert list(table(at, "output")["source"]) == ["The cat sleeps."]
