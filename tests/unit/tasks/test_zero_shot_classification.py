"""Every score of zero-shot classification against transformers' pipeline and by another way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from loupe.engine import many_texts
from loupe.engine.loaded import LoadedModel
from loupe.errors import EmptyText, InvalidInput, TextTooLong, WrongHead
from loupe.tasks import TASKS, zero_shot_classification
from loupe.tasks.zero_shot_classification import (
    AUTO_CLASS,
    MAX_LABELS,
    MAX_PAIRS,
    BatchQuery,
    ZeroShotQuery,
    ZeroShotResult,
    check,
    predict,
    predict_all,
    shorten,
)
from loupe.tasks.zero_shot_classification.export import rows, to_json
from tests.loaded import load_tiny

TEXT = "The cat sleeps on the mat in Paris, and it isn't easy."
LABELS = ("animals", "a capital city", "weather", "喝茶")
NLI = ("contradiction", "neutral", "entailment")
ORDERS = {
    "entailment last": NLI,
    "entailment first": ("ENTAILMENT", "neutral", "CONTRADICTION"),
    "two labels": ("entailment", "not_entailment"),
    "in the middle": ("contradiction", "Entails", "neutral"),
}

Maker = Callable[..., LoadedModel]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    def make(kind: str = "bert", labels: tuple[str, ...] = NLI) -> LoadedModel:
        folder = tmp_path_factory.mktemp("tiny") / kind
        return load_tiny(kind, folder, AUTO_CLASS, labels=labels)

    return make


@pytest.fixture(scope="module")
def bert(make: Maker) -> LoadedModel:
    return make()


def by_pipeline(loaded: LoadedModel, query: ZeroShotQuery) -> dict[str, float]:
    import transformers

    pipeline = transformers.pipeline(
        "zero-shot-classification", model=loaded.model, tokenizer=loaded.tokenizer, device="cpu"
    )
    found = pipeline(
        query.text,
        candidate_labels=list(query.labels),
        hypothesis_template=query.template,
        multi_label=query.multi_label,
    )
    return dict(zip(found["labels"], found["scores"], strict=True))


def ask(loaded: LoadedModel, query: ZeroShotQuery) -> ZeroShotResult:
    with torch.inference_mode():
        return predict(loaded, query)


@pytest.mark.parametrize("multi_label", [False, True], ids=["one of these", "each"])
@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert", "albert", "modernbert", "t5"])
def test_every_score_equals_the_pipeline_of_transformers(
    kind: str, multi_label: bool, make: Maker
) -> None:
    loaded = make(kind)
    query = ZeroShotQuery(TEXT, LABELS, multi_label=multi_label)
    result = ask(loaded, query)
    expected = by_pipeline(loaded, query)
    assert {entry.label: entry.prob for entry in result.labels} == pytest.approx(expected, abs=1e-5)
    assert [entry.label for entry in result.labels] == list(expected)
    assert len(set(expected.values())) == len(LABELS), "random weights tell labels apart"
    total = sum(entry.prob for entry in result.labels)
    assert (total == pytest.approx(1, abs=1e-5)) is not multi_label


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("multi_label", [False, True], ids=["one of these", "each"])
def test_entailment_is_found_by_its_name_wherever_it_stands(
    order: str, multi_label: bool, make: Maker
) -> None:
    loaded = make("bert", ORDERS[order])
    query = ZeroShotQuery(TEXT, LABELS, "It is about {}, I think.", multi_label)
    result = ask(loaded, query)
    assert {e.label: e.prob for e in result.labels} == pytest.approx(
        by_pipeline(loaded, query), abs=1e-5
    )
    assert result.model_labels[result.entailment_id].lower().startswith("entail")
    assert result.entailment_id != result.contradiction_id


def test_a_single_label_is_judged_by_itself_as_in_the_pipeline(bert: LoadedModel) -> None:
    query = ZeroShotQuery(TEXT, ("animals",))
    (entry,) = ask(bert, query).labels
    assert entry.prob == pytest.approx(by_pipeline(bert, query)["animals"], abs=1e-5)
    assert entry.prob < 1


def test_what_the_model_says_of_each_pair_is_kept(bert: LoadedModel) -> None:
    for entry in ask(bert, ZeroShotQuery(TEXT, LABELS)).labels:
        assert entry.hypothesis == f"This example is {entry.label}."
        batch = bert.tokenizer(TEXT, entry.hypothesis, return_tensors="pt")
        with torch.inference_mode():
            logits = bert.model(**batch).logits[0]
        assert entry.entailment == pytest.approx(float(logits[2]), abs=1e-4)
        assert entry.contradiction == pytest.approx(float(logits[0]), abs=1e-4)
        assert entry.label_probs == pytest.approx(logits.softmax(-1).tolist(), abs=1e-5)


def test_batches_of_labels_change_nothing(
    bert: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = ZeroShotQuery(TEXT, LABELS)
    together = ask(bert, query)
    monkeypatch.setattr(many_texts, "CPU_TOKENS", 1)
    alone = ask(bert, query)
    for one, other in zip(together.labels, alone.labels, strict=True):
        assert one.label == other.label
        assert one.prob == pytest.approx(other.prob, abs=1e-5)


@pytest.mark.parametrize("labels", [("negative", "positive"), ("LABEL_0", "LABEL_1", "LABEL_2")])
def test_a_checkpoint_without_entailment_is_refused_with_its_labels(
    labels: tuple[str, ...], make: Maker
) -> None:
    with pytest.raises(WrongHead) as raised:
        ask(make("bert", labels), ZeroShotQuery(TEXT, LABELS))
    assert "entailment" in str(raised.value)
    assert ", ".join(labels) in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "error", "says"),
    [
        ({"text": " "}, EmptyText, "no text"),
        ({"labels": ()}, EmptyText, "no labels"),
        ({"labels": ("a", "  ")}, InvalidInput, "empty"),
        ({"labels": ("a", "b", "a")}, InvalidInput, "twice"),
        ({"labels": tuple(map(str, range(MAX_LABELS + 1)))}, InvalidInput, "at most 100"),
        ({"template": "No place."}, InvalidInput, "where the label belongs"),
        ({"template": "{} or {}"}, InvalidInput, "where the label belongs"),
        ({"template": "{} {name}"}, InvalidInput, "where the label belongs"),
        ({"template": "{0}"}, InvalidInput, "where the label belongs"),
        ({"template": ""}, InvalidInput, "where the label belongs"),
    ],
)
def test_what_cannot_be_asked_is_refused(
    changes: dict[str, Any], error: type[InvalidInput], says: str
) -> None:
    with pytest.raises(error) as raised:
        ZeroShotQuery(**{"text": TEXT, "labels": LABELS, **changes})
    assert says in str(raised.value)


def test_a_label_with_braces_is_a_label(bert: LoadedModel) -> None:
    (entry,) = ask(bert, ZeroShotQuery(TEXT, ("{0} {x}",))).labels
    assert entry.hypothesis == "This example is {0} {x}."


def test_a_text_that_does_not_fit_beside_its_labels_is_refused_and_can_be_shortened(
    bert: LoadedModel,
) -> None:
    query = ZeroShotQuery("the cat sleeps " * 40, LABELS)
    with pytest.raises(TextTooLong):
        ask(bert, query)
    shorter = shorten(bert, query)
    assert query.text.startswith(shorter.text)
    assert len(shorter.text) > 60
    assert len(ask(bert, shorter).labels) == len(LABELS)


def test_the_check_agrees_and_notices_a_wrong_number(bert: LoadedModel) -> None:
    for multi_label in (False, True):
        result = ask(bert, ZeroShotQuery(TEXT, LABELS, multi_label=multi_label))
        with torch.inference_mode():
            good = check(bert, result)
            assert good.agrees, good
            assert good.compared == len(LABELS) * (2 + len(NLI))
            first, *others = result.labels
            wrong = replace(result, labels=(replace(first, prob=first.prob + 0.01), *others))
            assert not check(bert, wrong).agrees
            turned = replace(result, labels=result.labels[::-1])
            assert not check(bert, turned).order_agrees


def test_a_result_is_saved_whole(bert: LoadedModel) -> None:
    result = ask(bert, ZeroShotQuery(TEXT, LABELS))
    saved = json.loads(to_json(result))
    assert saved["task"] == "zero-shot-classification"
    assert saved["schema_version"] == 1
    assert [entry["label"] for entry in saved["labels"]] == [e.label for e in result.labels]
    table = rows(result)
    assert [row["label"] for row in table] == [entry.label for entry in result.labels]
    assert table[0]["prob entailment (2)"] == result.labels[0].label_probs[2]


@pytest.mark.parametrize("multi_label", [False, True], ids=["one of these", "each"])
def test_many_texts_get_what_each_gets_alone_and_in_the_pipeline(
    bert: LoadedModel, multi_label: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(many_texts, "CPU_TOKENS", 80)
    long = "the cat sleeps " * 40
    texts = (TEXT, "", "Paris is cold.", long)
    asked = ZeroShotQuery(TEXT, LABELS, multi_label=multi_label)
    with torch.inference_mode():
        result = predict_all(bert, BatchQuery(texts, asked))
    assert [row.text for row in result.rows] == list(texts)
    assert [row.is_cut for row in result.rows] == [False, False, False, True]
    assert (result.rows[1].probs, result.rows[1].scores) == ((), ())
    for row in result.rows:
        if row.text:  # the pipeline cuts a long text too, and says nothing
            expected = by_pipeline(bert, replace(asked, text=row.text))
            assert dict(zip(LABELS, row.probs, strict=True)) == pytest.approx(expected, abs=1e-5)
    saved = result.to_dict()
    assert saved["query"]["labels"] == LABELS
    assert "texts" not in saved["query"], "they stand in the rows"


@pytest.mark.parametrize(
    ("texts", "labels", "error", "says"),
    [
        ((), LABELS, EmptyText, "no texts"),
        ((" ",), LABELS, EmptyText, "no texts"),
        (("a",) * (MAX_PAIRS // 2), LABELS, InvalidInput, "40,000 pairs"),
        (("\ud800",), LABELS, InvalidInput, "half a character"),
    ],
    ids=["none", "white space", "too many pairs", "half a character"],
)
def test_what_is_no_batch_is_refused(
    texts: tuple[str, ...], labels: tuple[str, ...], error: type[InvalidInput], says: str
) -> None:
    with pytest.raises(error) as raised:
        BatchQuery(texts, ZeroShotQuery(TEXT, labels))
    assert says in str(raised.value)


def test_a_label_that_leaves_no_room_for_a_text_is_refused(bert: LoadedModel) -> None:
    asked = ZeroShotQuery(TEXT, ("the cat " * 60,))
    with torch.inference_mode(), pytest.raises(TextTooLong, match="sentence of a label"):
        predict_all(bert, BatchQuery((TEXT,), asked))


def test_the_task_stands_in_the_list() -> None:
    assert TASKS["zero-shot-classification"] is zero_shot_classification
