"""Two checkpoints side by side, and results as tables."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace

import pytest

from loupe.engine.loaded import LoadedModel
from loupe.engine.tables import to_csv
from loupe.tasks.fill_mask import FillMaskQuery, compare, predict, shared_words
from loupe.tasks.fill_mask.export import rows, to_json
from loupe.traces import TokenTrace

TEXT = "The capital of France is [MASK], and the [MASK] sleeps."


def test_both_sides_are_asked_about_the_same_words(bert: LoadedModel, roberta: LoadedModel) -> None:
    query = FillMaskQuery(TEXT, top_k=20)
    words = shared_words(predict(bert, query), predict(roberta, query), 5)
    assert 5 <= len(words) <= 20
    asked = replace(query, words=words)
    a, b = predict(bert, asked), predict(roberta, asked)
    compared = compare(a, b)
    assert [c.span for c in compared] == [m.span for m in a.masks]
    for mask_a, mask_b, comparison in zip(a.masks, b.masks, compared, strict=True):
        assert comparison.entropy_a == mask_a.entropy_nats
        assert comparison.entropy_b == mask_b.entropy_nats
        assert {word.word for word in comparison.words} == set(words)
        for word in comparison.words:
            own_a = next(s for s in a.words if (s.span, s.word) == (comparison.span, word.word))
            own_b = next(s for s in b.words if (s.span, s.word) == (comparison.span, word.word))
            assert (word.log_prob_a, word.log_prob_b) == (own_a.log_prob, own_b.log_prob)
            assert word.difference == pytest.approx(
                math.exp(own_b.log_prob) - math.exp(own_a.log_prob)
            )
        sizes = [abs(word.difference) for word in comparison.words]
        assert sizes == sorted(sizes, reverse=True)


def test_a_model_does_not_differ_from_itself(bert: LoadedModel) -> None:
    query = FillMaskQuery(TEXT, words=("is", "cat"))
    for comparison in compare(predict(bert, query), predict(bert, query)):
        assert all(word.difference == 0 for word in comparison.words)


def test_tables_hold_every_number_and_the_rest(bert: LoadedModel) -> None:
    start = TEXT.index("capital")
    query = FillMaskQuery(
        TEXT, hidden_spans=((start, start + 7),), top_k=4, words=("is", "foxcatmat")
    )
    result = predict(bert, query)
    table = rows(result)
    for number, mask in enumerate(result.masks, start=1):
        of_mask = [row for row in table if row["mask"] == number]
        listed = [row for row in of_mask if row["row"] == "entry"]
        assert [row["token_id"] for row in listed] == [entry.token_id for entry in mask.top]
        (rest,) = (row for row in of_mask if row["row"] == "rest of the vocabulary")
        total = math.fsum(float(row["prob"] or 0) for row in [*listed, rest])
        assert total == pytest.approx(1, abs=1e-6)
        hidden = [row for row in of_mask if row["row"] == "hidden token"]
        assert len(hidden) == (1 if mask.hidden else 0)
    assert sum(row["row"] == "scored word" for row in table) == len(result.words)


def test_a_word_in_the_table_is_no_formula(bert: LoadedModel) -> None:
    result = predict(bert, FillMaskQuery(TEXT, top_k=4, words=("=cat", "mat")))
    table = list(csv.DictReader(io.StringIO(to_csv(rows(result)))))
    scored = [row for row in table if row["row"] == "scored word"]
    assert {row["text"] for row in scored} == {"'=cat", "mat"}
    assert [float(row["log_prob"]) for row in scored] == [word.log_prob for word in result.words]


def test_the_json_export_reads_back_as_the_same_trace(bert: LoadedModel) -> None:
    result = predict(bert, FillMaskQuery(TEXT, top_k=4))
    data = json.loads(to_json(result))
    assert data["task"] == "fill-mask"
    assert data["schema_version"] == 1
    assert TokenTrace.from_dict(data["trace"]) == result.trace
    data["trace"]["schema_version"] = 2
    with pytest.raises(ValueError, match="schema_version"):
        TokenTrace.from_dict(data["trace"])
