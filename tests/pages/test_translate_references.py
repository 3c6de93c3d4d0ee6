"""References for a whole document: scored together and one by one, or refused with the numbers."""

from __future__ import annotations

from typing import Any

import pytest
import sacrebleu
from streamlit.testing.v1 import AppTest

from components.translate import keys
from components.translate.modes import SUMMARISE, TRANSLATE, Mode
from loupe.tasks import summarization, translation
from tests.pages.translators import ask, done, open_question, said, table
from tests.pages.visitor import error_boxes, texts_in

pytest_plugins = ("tests.pages.translate_fixtures",)
pytestmark = [
    pytest.mark.usefixtures("translate_roots"),
    # MarianTokenizer says so at every load, and then never calls it.
    pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses"),
]

DOCUMENT = "The cat sleeps. It is late.\n\nThe dog runs."
FILE = b"text,ours\nThe cat sleeps. It is late.,Le chat dort.\n,\nThe dog runs.,Le chien court.\n"


def document(mode: Mode, checkpoint: str, text: str = DOCUMENT) -> tuple[AppTest, Any]:
    at = open_question(ask(mode, checkpoint), mode, "document")
    at.text_area(key=keys.DOCUMENT_TEXT).input(text).run()
    return at, done(at, mode)


def test_references_of_the_rows_give_chrf_and_bleu_with_the_worst_first(t5: str) -> None:
    at, result = document(TRANSLATE, t5)
    assert not any("score" in frame.value for frame in at.dataframe)
    references = ["Le chat dort.", result.rows[1].target or "?", "Le chien court."]
    at.text_area(key=keys.REFERENCES).input("\n".join(references)).run()
    assert not at.exception
    assert error_boxes(at) == []
    outputs = [row.target for row in result.rows]
    both = translation.score_reference(outputs, references)
    assert f"chrF {both.chrf:.1f}, BLEU {both.bleu:.1f}" in said(at)
    assert any("nrefs:1" in code.value and "tok:" in code.value for code in at.code)
    scores = table(at, "score")
    assert list(scores["score"]) == sorted(scores["score"])
    assert scores["reference"].iloc[-1] == references[1]
    for _, row in scores.iterrows():
        expected = sacrebleu.sentence_chrf(row["output"], [row["reference"]]).score
        assert row["score"] == pytest.approx(expected)


def test_a_column_of_the_same_file_belongs_to_its_rows(t5: str) -> None:
    at = open_question(ask(TRANSLATE, t5), TRANSLATE, "document")
    at.file_uploader(key=keys.DOCUMENT_FILE).upload("rows.csv", FILE).run()
    done(at, TRANSLATE)
    assert at.selectbox(key=keys.REFERENCE_COLUMN).options == ["ours"]
    at.selectbox(key=keys.REFERENCE_COLUMN).select("ours").run()
    assert error_boxes(at) == []
    scores = table(at, "score").sort_values("line")
    assert list(scores["line"]) == [1, 3]
    assert list(scores["reference"]) == ["Le chat dort.", "Le chien court."]
    assert list(scores["source"]) == ["The cat sleeps. It is late.", "The dog runs."]
    assert "One for each line: 2." in said(at)


def test_summaries_are_scored_by_rouge(t5: str) -> None:
    at, result = document(SUMMARISE, t5)
    assert len(result.rows) == 1
    at.text_area(key=keys.REFERENCES).input("A cat and a dog.").run()
    assert error_boxes(at) == []
    expected = summarization.score_reference(result.rows[0].target, "A cat and a dog.")
    assert f"ROUGE-L {expected.rouge_l.f1:.3f}" in said(at)
    assert any("rouge-score:" in code.value for code in at.code)
    assert list(table(at, "score")["score"]) == [expected.rouge_l.f1]


@pytest.mark.parametrize(
    "upload", [None, ("a.txt", b"1\n2\n3\n4\n5"), ("a.csv", b"a\n1\n2\n3\n4\n5\n")]
)
def test_another_number_of_references_is_refused_with_the_numbers(
    t5: str, upload: tuple[str, bytes] | None
) -> None:
    at, _result = document(TRANSLATE, t5)
    if upload is None:
        at.text_area(key=keys.REFERENCES).input("1\n2\n3\n4\n5").run()
    else:
        at.file_uploader(key=keys.REFERENCE_FILE).upload(*upload).run()
    (box,) = error_boxes(at)
    message, remedy = texts_in(box)[:2]
    assert "references are 5" in message
    assert "3 rows, from 3 lines" in message
    assert "one for each line" in remedy
    assert len(table(at, "output")) == 3, "the result stays"
    if upload is None:
        at.text_area(key=keys.REFERENCES).input("1\n2\n3").run()
        assert error_boxes(at) == []


@pytest.mark.parametrize(
    ("name", "data", "says"),
    [
        ("a.csv", b"a,b\n1,2\n", "has 2 columns"),
        ("a.txt", "é".encode("latin-1"), "not written in UTF-8"),
        ("a.csv", b"a\n \n \n \n", "no references"),
    ],
)
def test_a_file_of_references_that_cannot_be_used_is_said_so(
    t5: str, name: str, data: bytes, says: str
) -> None:
    at, _result = document(TRANSLATE, t5)
    at.file_uploader(key=keys.REFERENCE_FILE).upload(name, data).run()
    assert not at.exception
    (box,) = error_boxes(at)
    assert any(says in text for text in texts_in(box))
    assert len(table(at, "output")) == 3


def test_pairs_are_scored_once_however_often_the_page_is_drawn(
    t5: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scored: list[int] = []
    real = translation.score_each

    def score_each(outputs: list[str], references: list[str]) -> Any:
        scored.append(len(outputs))
        return real(outputs, references)

    monkeypatch.setattr(translation, "score_each", score_each)
    at, _result = document(TRANSLATE, t5)
    at.text_area(key=keys.REFERENCES).input("1\n2\n3").run()
    at.run()
    assert scored == [3]
    at.text_area(key=keys.REFERENCES).input("1\n2\n4").run()
    assert scored == [3, 3]
