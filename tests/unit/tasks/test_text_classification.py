"""Every score of text classification against transformers' pipeline and against brute force."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from loupe.engine.loaded import LoadedModel
from loupe.engine.tables import to_csv
from loupe.errors import EmptyText, InvalidInput, TextTooLong
from loupe.tasks import TASKS, text_classification
from loupe.tasks.text_classification import (
    AUTO_CLASS,
    Meaning,
    TextClassificationQuery,
    TextClassificationResult,
    check,
    predict,
    shorten,
)
from loupe.tasks.text_classification.export import rows, to_json
from tests.loaded import load_folder, load_tiny
from tests.tiny_models import KINDS, edit_config, make_tiny

TEXT = "The capital of France is Paris, and the cat sleeps. 我喜欢喝茶 😀"
PAIR = "She sells ___ and [MASK] shells."
# As transformers' pipeline is asked for them, label by label.
FUNCTIONS = {Meaning.ONE_OF: "softmax", Meaning.EACH: "sigmoid", Meaning.NUMBER: "none"}
PROBLEMS = {
    Meaning.ONE_OF: None,
    Meaning.EACH: "multi_label_classification",
    Meaning.NUMBER: "regression",
}

Maker = Callable[..., LoadedModel]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    def make(kind: str, **options: Any) -> LoadedModel:
        return load_tiny(kind, tmp_path_factory.mktemp("tiny") / kind, AUTO_CLASS, **options)

    return make


@pytest.fixture(scope="module", params=KINDS)
def loaded(request: pytest.FixtureRequest, make: Maker) -> LoadedModel:
    return make(request.param)


@pytest.fixture(scope="module")
def bert(make: Maker) -> LoadedModel:
    return make("bert")


def by_pipeline(
    loaded: LoadedModel, text: str, pair: str | None, function: str
) -> dict[str, float]:
    """Label → score, as transformers' own pipeline has it."""
    import transformers

    pipeline = transformers.pipeline(
        "text-classification", model=loaded.model, tokenizer=loaded.tokenizer, device="cpu"
    )
    asked = {"text": text} if pair is None else {"text": text, "text_pair": pair}
    found = pipeline(asked, top_k=None, function_to_apply=function)
    return {entry["label"]: entry["score"] for entry in found}


def probs(result: TextClassificationResult) -> dict[str, float]:
    return {entry.label: entry.prob for entry in result.labels if entry.prob is not None}


@pytest.mark.parametrize("pair", [None, PAIR], ids=["one text", "a pair"])
def test_every_number_equals_the_pipeline_of_transformers(
    loaded: LoadedModel, pair: str | None
) -> None:
    result = predict(loaded, TextClassificationQuery(TEXT, pair or ""))
    scores = by_pipeline(loaded, TEXT, pair, "none")
    assert {e.label: e.score for e in result.labels} == pytest.approx(scores, abs=1e-5)
    assert probs(result) == pytest.approx(by_pipeline(loaded, TEXT, pair, "softmax"), abs=1e-6)
    assert len(set(scores.values())) == 3, "random weights tell labels apart"
    ids = loaded.tokenizer(TEXT, pair)["input_ids"]
    assert list(result.tokens) == loaded.tokenizer.convert_ids_to_tokens(ids)


@pytest.mark.parametrize("meaning", list(Meaning), ids=str)
def test_each_kind_of_problem_gets_its_own_probabilities(make: Maker, meaning: Meaning) -> None:
    loaded = make("bert", problem_type=PROBLEMS[meaning])
    result = predict(loaded, TextClassificationQuery(TEXT))
    assert result.meaning is meaning
    expected = by_pipeline(loaded, TEXT, None, FUNCTIONS[meaning])
    if meaning is Meaning.NUMBER:
        assert {e.label: e.score for e in result.labels} == pytest.approx(expected, abs=1e-5)
        assert all(e.prob is None and e.log_prob is None for e in result.labels)
        return
    assert probs(result) == pytest.approx(expected, abs=1e-6)
    for entry in result.labels:
        assert entry.prob is not None
        assert entry.log_prob == pytest.approx(math.log(entry.prob), abs=1e-5)
    total = sum(probs(result).values())
    assert (total == pytest.approx(1.0, abs=1e-6)) is (meaning is Meaning.ONE_OF)


def test_a_single_output_is_a_number_and_no_certainty(make: Maker) -> None:
    result = predict(make("bert", labels=("LABEL_0",)), TextClassificationQuery(TEXT))
    assert result.meaning is Meaning.NUMBER
    (entry,) = result.labels
    assert entry.prob is None
    assert math.isfinite(entry.score)
    assert entry.score != 0


def test_a_single_label_that_is_a_yes_or_no_has_a_probability(make: Maker) -> None:
    loaded = make("bert", labels=("toxic",), problem_type="multi_label_classification")
    result = predict(loaded, TextClassificationQuery(TEXT))
    (entry,) = result.labels
    assert entry.prob == pytest.approx(1 / (1 + math.exp(-entry.score)), abs=1e-6)


def test_all_labels_are_there_sorted_and_ranked(make: Maker) -> None:
    names = [f"intent {i}" for i in range(77)]
    loaded = make("roberta", labels=names)
    result = predict(loaded, TextClassificationQuery(TEXT))
    assert sorted(entry.label for entry in result.labels) == sorted(names)
    assert [entry.rank for entry in result.labels] == list(range(1, 78))
    scores = [entry.score for entry in result.labels]
    assert scores == sorted(scores, reverse=True)
    assert [f"intent {entry.label_id}" for entry in result.labels] == [
        entry.label for entry in result.labels
    ]


def test_equal_scores_stay_in_the_order_of_the_checkpoint(make: Maker) -> None:
    loaded = make("bert", labels=[f"l{i}" for i in range(9)])
    loaded.model.classifier.weight.data.zero_()
    loaded.model.classifier.bias.data.zero_()
    result = predict(loaded, TextClassificationQuery(TEXT))
    assert [entry.label_id for entry in result.labels] == list(range(9))
    assert [entry.prob for entry in result.labels] == pytest.approx([1 / 9] * 9)


def test_labels_without_names_are_known_to_be_such(make: Maker, bert: LoadedModel) -> None:
    unnamed = predict(make("bert", labels=("LABEL_0", "LABEL_1")), TextClassificationQuery(TEXT))
    assert not unnamed.names_labels
    assert {entry.label for entry in unnamed.labels} == {"LABEL_0", "LABEL_1"}
    assert predict(bert, TextClassificationQuery(TEXT)).names_labels


def test_the_second_text_is_read_as_one_and_white_space_is_none(bert: LoadedModel) -> None:
    alone = predict(bert, TextClassificationQuery(TEXT))
    with_pair = predict(bert, TextClassificationQuery(TEXT, PAIR))
    with_space = predict(bert, TextClassificationQuery(TEXT, " \n"))
    glued = predict(bert, TextClassificationQuery(f"{TEXT} {PAIR}"))
    assert with_space.labels == alone.labels
    assert with_pair.labels != alone.labels
    assert with_pair.labels != glued.labels
    assert with_pair.tokens.count("[SEP]") == 2


def test_underscores_and_foreign_masks_stay_what_they_are(bert: LoadedModel) -> None:
    result = predict(bert, TextClassificationQuery("a ___ and <mask>"))
    assert "[MASK]" not in result.tokens


@pytest.mark.parametrize("text", ["", " \n\t\u3000"])
def test_an_empty_text_is_refused(text: str) -> None:
    with pytest.raises(EmptyText):
        TextClassificationQuery(text)


def test_a_text_of_which_nothing_is_left_is_refused(make: Maker) -> None:
    # No special tokens are added, and the tokenizer drops the control character.
    loaded = make("gpt2")
    loaded.tokenizer.backend_tokenizer.normalizer = _drop_all()
    with pytest.raises(InvalidInput, match="leaves nothing"):
        predict(loaded, TextClassificationQuery("\x07"))


def _drop_all() -> Any:
    from tokenizers import Regex, normalizers

    return normalizers.Replace(Regex("."), "")


def test_a_text_that_cannot_be_encoded_is_refused(bert: LoadedModel) -> None:
    for query in (
        TextClassificationQuery("ab\ud83d"),
        TextClassificationQuery("ab", "c\ud83d"),
    ):
        with pytest.raises(InvalidInput, match="half a character"):
            predict(bert, query)


LONG = "The cat sleeps on the mat. " * 40


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "xlm-roberta"])
@pytest.mark.parametrize(
    ("text", "pair"),
    [(LONG, ""), (LONG, "Is it a cat?"), ("Is it a cat?", LONG), (LONG, LONG)],
    ids=["one", "first", "second", "both"],
)
def test_what_is_too_long_is_refused_and_its_beginning_fits(
    make: Maker, kind: str, text: str, pair: str
) -> None:
    loaded = make(kind)
    query = TextClassificationQuery(text, pair)
    with pytest.raises(TextTooLong):
        predict(loaded, query)
    shorter = shorten(loaded, query)
    result = predict(loaded, shorter)
    assert text.startswith(shorter.text)
    assert pair.startswith(shorter.pair)
    assert bool(shorter.pair) is bool(pair)
    # What is short stays whole, and little room is given away.
    assert "Is it a cat?" not in (text, pair) or "Is it a cat?" in (shorter.text, shorter.pair)
    assert loaded.context_length is not None
    assert loaded.context_length - 10 < len(result.tokens) <= loaded.context_length
    # Cut between words.
    for cut, whole in ((shorter.text, text), (shorter.pair, pair)):
        assert cut == whole or whole[len(cut)] == " "


def test_what_fits_is_not_shortened(bert: LoadedModel) -> None:
    query = TextClassificationQuery(TEXT, PAIR)
    assert shorten(bert, query) == query


@pytest.mark.parametrize("meaning", list(Meaning), ids=str)
def test_the_check_agrees_and_finds_a_wrong_number(make: Maker, meaning: Meaning) -> None:
    loaded = make("distilbert", problem_type=PROBLEMS[meaning])
    result = predict(loaded, TextClassificationQuery(TEXT, PAIR))
    report = check(loaded, result)
    assert report.agrees
    assert report.largest_difference < 1e-5
    each = {Meaning.ONE_OF: 3 * 3 + 1, Meaning.EACH: 3 * 3, Meaning.NUMBER: 3}
    assert report.compared == each[meaning]

    worst = result.labels[-1]
    for name in ("score", "log_prob", "prob"):
        if getattr(worst, name) is None:
            continue
        wrong = replace(worst, **{name: getattr(worst, name) + 0.01})
        report = check(loaded, replace(result, labels=(*result.labels[:-1], wrong)))
        assert not report.agrees
        assert report.largest_difference == pytest.approx(0.01, abs=1e-4)
        assert report.order_agrees
        if name == "score":
            assert str(report.where) == f"{worst.label}: score"


def test_the_check_finds_a_wrong_order_a_wrong_name_and_a_missing_label(bert: LoadedModel) -> None:
    result = predict(bert, TextClassificationQuery(TEXT))
    first, *others = result.labels
    for labels in (
        (*others, first),
        (replace(first, label=others[0].label), *others),
        tuple(others),
    ):
        assert not check(bert, replace(result, labels=labels)).order_agrees


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        ({"0": "neg", "2": "pos"}, {0: "neg", 1: "LABEL_1"}),
        ({"0": "a", "1": "\ud800x"}, {0: "a", 1: "\ufffdx"}),
        ({"0": "a", "1": "a"}, {0: "a", 1: "a"}),
    ],
    ids=["a gap", "half a character", "one name"],
)
def test_odd_names_are_shown_saved_and_no_false_alarm(
    tmp_path: Path, names: dict[str, str], labels: dict[int, str]
) -> None:
    folder = make_tiny("bert", tmp_path / "odd", auto_class=AUTO_CLASS, labels=("a", "b"))
    edit_config(folder, id2label=names, label2id=None, num_labels=2)
    loaded = load_folder(folder, AUTO_CLASS)
    result = predict(loaded, TextClassificationQuery(TEXT))
    assert {entry.label_id: entry.label for entry in result.labels} == labels
    assert check(loaded, result).agrees
    to_json(result).encode("utf-8")
    assert len(to_csv(rows(result)).encode("utf-8").splitlines()) == 3


def test_the_check_uses_its_own_softmax(bert: LoadedModel, monkeypatch: pytest.MonkeyPatch) -> None:
    real = torch.log_softmax
    monkeypatch.setattr(torch, "log_softmax", lambda x, dim: real(2 * x, dim))
    assert not check(bert, predict(bert, TextClassificationQuery(TEXT))).agrees


def test_the_exports_hold_every_number(bert: LoadedModel) -> None:
    result = predict(bert, TextClassificationQuery(TEXT, PAIR))
    written = json.loads(to_json(result))
    assert written["schema_version"] == 1
    assert written["task"] == "text-classification"
    assert written["query"] == {"text": TEXT, "pair": PAIR}
    assert written["meaning"] == "one of these"
    assert [entry["score"] for entry in written["labels"]] == [e.score for e in result.labels]
    table = pd.read_csv(io.StringIO(to_csv(rows(result))))
    assert list(table["label"]) == [entry.label for entry in result.labels]
    assert table["prob"].sum() == pytest.approx(1.0)


def test_a_label_in_the_table_is_no_formula(make: Maker) -> None:
    result = predict(make("bert", labels=("=1+1", "fine")), TextClassificationQuery(TEXT))
    table = list(csv.DictReader(io.StringIO(to_csv(rows(result)))))
    assert sorted(row["label"] for row in table) == ["'=1+1", "fine"]
    assert [float(row["score"]) for row in table] == [entry.score for entry in result.labels]


def test_the_task_is_listed_under_its_name_in_transformers() -> None:
    assert TASKS["text-classification"] is text_classification


def test_half_precision_is_checked_with_its_own_tolerance(
    bert: LoadedModel, tmp_path: Path
) -> None:
    half = load_tiny("bert", tmp_path / "half", AUTO_CLASS)
    half.model.to(torch.bfloat16)
    loaded = replace(half, dtype=torch.bfloat16)
    result = predict(loaded, TextClassificationQuery(TEXT))
    assert result.dtype == "bfloat16"
    report = check(loaded, result)
    assert report.agrees
    assert report.tolerance > check(bert, predict(bert, TextClassificationQuery(TEXT))).tolerance
