"""Summaries of whole documents: all of the text is read, and every part says which it is."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from loupe.engine.loaded import LoadedModel
from loupe.engine.seq2seq.texts import readable_tokens, source_ids
from loupe.errors import Cancelled, EmptyText, InvalidInput, TextTooLong
from loupe.tasks.summarization import (
    Ending,
    LineBreaks,
    SummarizationQuery,
    SummaryDocumentQuery,
    SummaryDocumentResult,
    predict,
    score_own,
    score_reference,
    score_references,
    summarize_document,
)
from loupe.tasks.summarization.document import UNBOUNDED_PART_TOKENS
from loupe.tasks.summarization.export import document_rows, to_csv, to_json
from tests.tiny_models import SENTENCES

NEW = 8
SHORT = ("The cat sleeps.", "The dog runs.", "It is late.")
LONG = " ".join(SENTENCES[:6]) + "\n\n" + " ".join(SENTENCES * 3)


def letters(text: str) -> str:
    return "".join(text.split())


def ask(loaded: LoadedModel, text: str, **more: object) -> SummaryDocumentResult:
    options = {"max_new_tokens": NEW, **more}
    return summarize_document(loaded, SummaryDocumentQuery(text, **options))  # type: ignore[arg-type]


def test_a_long_text_is_read_whole_in_parts_that_fit(pair: LoadedModel) -> None:
    result = ask(pair, LONG)
    assert len(result.rows) > 1
    assert [row.part for row in result.rows] == [
        (number, len(result.rows)) for number in range(1, len(result.rows) + 1)
    ]
    assert letters(" ".join(row.source for row in result.rows)) == letters(LONG)
    room = min(pair.context_length or UNBOUNDED_PART_TOKENS, readable_tokens(pair))
    sizes = [len(source_ids(pair, [row.source])[0]) for row in result.rows]
    assert max(sizes) <= room
    for before, after in zip(result.rows, result.rows[1:], strict=False):
        assert not LONG[before.span[1] : after.span[0]].strip()


def test_a_part_is_summarised_as_it_is_alone(pair: LoadedModel) -> None:
    for row in ask(pair, LONG).rows[:2]:
        alone = predict(pair, SummarizationQuery(row.source, max_new_tokens=NEW))
        assert row.target == alone.text.strip()
        assert row.ending is alone.ending
        assert row.compression == len(row.target) / len(row.source)


def test_each_line_has_a_summary_of_its_own(pair: LoadedModel) -> None:
    text = f"{SHORT[0]} {SHORT[1]}\r\n\r\n{SHORT[2]}\n"
    result = ask(pair, text, line_breaks=LineBreaks.END)
    assert [row.source for row in result.rows] == [f"{SHORT[0]} {SHORT[1]}", SHORT[2]]
    assert [row.part for row in result.rows] == [(1, 1), (1, 1)]
    assert [text[slice(*row.span)] for row in result.rows] == [row.source for row in result.rows]
    assert result.text.count("\n") == text.count("\n") + "".join(
        row.target for row in result.rows
    ).count("\n")
    assert [row["line"] for row in document_rows(result)] == [1, 3]


def test_a_sentence_that_is_too_long_by_itself_says_where_it_is_cut(
    tiny: Callable[[str], LoadedModel],
) -> None:
    endless = "the cat sleeps on the mat, " * 30 + "end."
    result = ask(tiny("bart"), f"Hi. {endless}", line_breaks=LineBreaks.END)
    assert len(result.rows) > 3
    assert any(row.cuts_sentence for row in result.rows)
    assert " ".join(row.source for row in result.rows).split() == f"Hi. {endless}".split()


def test_the_checkpoint_s_instruction_stands_before_every_part(
    tiny: Callable[[str], LoadedModel],
) -> None:
    t5 = tiny("t5")
    t5.model.config.task_specific_params = {"summarization": {"prefix": "summarize: "}}
    try:
        result = ask(t5, LONG)
        alone = predict(t5, SummarizationQuery(result.rows[0].source, max_new_tokens=NEW))
        assert ask(t5, LONG, instruction="").instruction == ""
    finally:
        t5.model.config.task_specific_params = None
    assert result.instruction == alone.instruction == "summarize: "
    assert result.rows[0].target == alone.text.strip()
    assert not result.rows[0].source.startswith("summarize")


def test_progress_is_told_and_a_cancelled_document_stops(
    tiny: Callable[[str], LoadedModel],
) -> None:
    class Watch:
        def __init__(self, patience: int) -> None:
            self.patience = patience
            self.reports: list[tuple[int, int | None]] = []

        def report(
            self, done: int, total: int | None = None, unit: str = "", partial: object = None
        ) -> None:
            self.reports.append((done, total))

        def raise_if_cancelled(self) -> None:
            self.patience -= 1
            if not self.patience:
                raise Cancelled("This was cancelled.", "Start it again.")

    patient = Watch(-1)
    result = summarize_document(
        tiny("bart"), SummaryDocumentQuery(LONG, max_new_tokens=NEW), patient
    )
    assert patient.reports[-1] == (len(result.rows), len(result.rows))
    hasty = Watch(30)
    with pytest.raises(Cancelled):
        summarize_document(tiny("bart"), SummaryDocumentQuery(LONG, max_new_tokens=NEW), hasty)


@pytest.mark.parametrize(
    ("text", "error"),
    [("  ", EmptyText), ("x" * 1_000_001, TextTooLong), ("half \ud83d", InvalidInput)],
)
def test_what_cannot_be_summarised_is_refused(text: str, error: type[InvalidInput]) -> None:
    with pytest.raises(error) as raised:
        SummaryDocumentQuery(text)
    assert raised.value.remedy
    with pytest.raises(InvalidInput):
        SummaryDocumentQuery("a", num_beams=0)


def test_a_document_is_exported_row_by_row(tiny: Callable[[str], LoadedModel]) -> None:
    result = ask(tiny("t5"), "-1 cat.\n=2 dogs.", line_breaks=LineBreaks.END)
    table = list(csv.DictReader(io.StringIO(to_csv(document_rows(result)))))
    assert [row["source"] for row in table] == ["'-1 cat.", "'=2 dogs."]
    assert [row["part"] for row in table] == ["1", "1"]
    data = json.loads(to_json(result))
    assert data["task"] == "summarization"
    assert data["rows"][1]["source"] == "=2 dogs."
    expected = tuple(row for row in result.rows if row.ending is not Ending.EOS)
    assert result.unfinished == expected


def test_another_summary_is_scored_as_the_model_s_own_was(pair: LoadedModel) -> None:
    result = predict(pair, SummarizationQuery(SENTENCES[0], max_new_tokens=NEW))
    trace = score_own(pair, result, SENTENCES[1])
    assert trace.text.split() == SENTENCES[1].split()
    assert all(token.log_prob is not None and token.log_prob <= 0 for token in trace.tokens)
    with pytest.raises(EmptyText):
        score_own(pair, result, " ")
    if pair.context_length is not None:
        with pytest.raises(TextTooLong):
            score_own(pair, result, " ".join(SENTENCES * 3))


def test_rouge_of_many_is_the_mean_of_each() -> None:
    summaries = ["The cat sleeps on a mat.", "我喜欢茶"]
    references = ["A cat is sleeping on the mat.", "我喜欢喝茶"]
    mean, each = score_references(summaries, references)
    alone = [score_reference(*pair) for pair in zip(summaries, references, strict=True)]
    assert list(each) == alone
    for kind in ("rouge1", "rouge2", "rouge_l"):
        for number in ("precision", "recall", "f1"):
            values = [getattr(getattr(one, kind), number) for one in alone]
            assert getattr(getattr(mean, kind), number) == pytest.approx(sum(values) / 2)
    assert mean.signature.endswith("words:any-script+latin")
    assert score_references(summaries[:1], references[:1])[0] == alone[0]
    with pytest.raises(EmptyText):
        score_references(["a"], [" "])
