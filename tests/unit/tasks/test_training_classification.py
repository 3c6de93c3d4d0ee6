"""Text and token classification: labels on the right row and piece, judged by the libraries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from datasets import Dataset
from seqeval.metrics import (  # type: ignore[import-untyped]
    accuracy_score,
    f1_score,
    precision_score,
    recall_score,
)
from seqeval.scheme import IOB2  # type: ignore[import-untyped]
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
)

from loupe.data.trainable import Evaluation, PrepareSettings
from loupe.data.truncation import count_truncated
from loupe.errors import InvalidInput
from loupe.tasks.text_classification.training import TRAINABLE as TEXTS
from loupe.tasks.token_classification.training import TRAINABLE as TOKENS
from loupe.tasks.trainables import TRAINABLES
from loupe.training.spec import ROLES
from tests.tiny_models import LABELS, make_tiny

KINDS = ("bert", "roberta", "modernbert", "xlm-roberta")
TAGS = ("O", "B-loc", "I-loc", "B-per", "I-per")


@pytest.fixture(scope="module", params=KINDS)
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("tiny") / request.param
    return AutoTokenizer.from_pretrained(make_tiny(request.param, folder))


def texts_of(texts: list[str], labels: list[Any]) -> Dataset:
    return Dataset.from_dict({"text": texts, "label": labels})


def sentences_of(*sentences: tuple[str, str]) -> Dataset:
    return Dataset.from_dict(
        {"tokens": [s.split() for s, _ in sentences], "tags": [t.split() for _, t in sentences]}
    )


def test_every_task_of_a_run_can_be_learned() -> None:
    assert set(TRAINABLES) == set(ROLES)
    assert all(trainable.task == name for name, trainable in TRAINABLES.items())


# Text classification


def test_a_row_is_the_tokenizers_ids_and_its_labels_position(tokenizer: Any) -> None:
    rows = texts_of(["The cat", "  ", "A fox jumps"], ["b", "a", "a"])
    encoded = TEXTS.encode(rows, tokenizer, PrepareSettings(), ("a", "b"))
    assert encoded["input_ids"][:] == tokenizer(["The cat", "A fox jumps"]).input_ids
    assert encoded["labels"][:] == [1, 0]
    batch = TEXTS.collator(tokenizer, PrepareSettings(), None)(list(encoded))
    assert set(batch) == {"input_ids", "attention_mask", "labels"}
    assert batch["labels"].dtype == torch.int64
    assert batch["labels"].tolist() == [1, 0]
    assert batch["attention_mask"].sum(1).tolist() == encoded["length"][:]


def test_several_labels_become_floats_that_the_model_learns(tmp_path: Path) -> None:
    folder = make_tiny("bert", tmp_path, auto_class="AutoModelForSequenceClassification")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(
        folder, problem_type="multi_label_classification"
    )
    how = PrepareSettings(multi_label=True)
    rows = texts_of(["The cat", "A fox", "It is"], ["x|z", "", "y"])
    labels = TEXTS.find_labels(rows, None, how)
    assert labels == ("x", "y", "z")
    encoded = TEXTS.encode(rows, tokenizer, how, labels)
    batch = TEXTS.collator(tokenizer, how, model)(list(encoded))
    assert batch["labels"].tolist() == [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    assert torch.isfinite(model(**batch).loss)
    assert TEXTS.best_metric(rows, labels).name == "f1_macro"
    (sample,) = TEXTS.predict_samples(model, tokenizer, ["The cat"], how)
    model.eval()
    scores = model(**tokenizer("The cat", return_tensors="pt")).logits[0].sigmoid().tolist()
    given = {entry["label"]: entry["probability"] for entry in sample["labels"]}
    assert [given[LABELS[i]] for i in range(3)] == pytest.approx(scores, rel=1e-5)


def test_long_texts_are_cut_and_counted(tokenizer: Any) -> None:
    rows = texts_of(["The cat", "The cat sat on the mat " * 5], ["a", "b"])
    encoded = TEXTS.encode(rows, tokenizer, PrepareSettings(max_length=10), ("a", "b"))
    assert count_truncated(encoded) == {"truncated": 1}
    assert encoded["length"][1] == 10
    assert encoded["input_ids"][1][-1] == tokenizer("a").input_ids[-1]


def test_a_label_that_the_model_does_not_know_is_refused(tokenizer: Any) -> None:
    with pytest.raises(InvalidInput, match="“c”"):
        TEXTS.encode(texts_of(["x"], ["c"]), tokenizer, PrepareSettings(), ("a", "b"))


def test_the_best_metric_is_among_the_metrics(tokenizer: Any) -> None:
    logits = [np.array([2.0, -1.0]), np.array([-1.0, 1.0]), np.array([1.0, -1.0])]
    evaluation = Evaluation(logits, [0, 1, 1], 3.0, 3)
    numbers = TEXTS.metrics(evaluation, tokenizer, ("ham", "spam"))
    assert numbers["accuracy"] == pytest.approx(2 / 3)
    assert numbers["f1_spam"] == numbers["f1_ham"] == pytest.approx(2 / 3)
    for labels in (["ham"] * 9 + ["spam"], ["ham", "spam"]):
        best = TEXTS.best_metric(texts_of(["x"] * len(labels), labels), ("ham", "spam"))
        assert best.name in numbers
    # Of many classes the smallest has too few rows to choose a checkpoint by.
    many = ["a"] * 9 + ["b"] * 9 + ["c"]
    assert TEXTS.best_metric(texts_of(["x"] * 19, many), ("a", "b", "c")).name == "f1_macro"
    assert TEXTS.best_metric(texts_of(["x"] * 2, [0.0, 1.0]), ("0", "1")).name == "accuracy"
    hot = Evaluation(logits, [np.array([1.0, 0.0])] * 3, 3.0, 3)
    assert TEXTS.metrics(hot, tokenizer, ("ham", "spam"))["accuracy"] == pytest.approx(2 / 3)


def test_samples_are_labels_with_probabilities_best_first(tmp_path: Path) -> None:
    folder = make_tiny("bert", tmp_path, auto_class="AutoModelForSequenceClassification")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    model.train()
    (sample,) = TEXTS.predict_samples(model, tokenizer, ["The cat"], PrepareSettings())
    assert model.training
    model.eval()
    scores = model(**tokenizer("The cat", return_tensors="pt")).logits[0].softmax(-1).tolist()
    ranked = sorted(((p, LABELS[i]) for i, p in enumerate(scores)), reverse=True)
    assert [entry["label"] for entry in sample["labels"]] == [name for _, name in ranked]
    assert sum(entry["probability"] for entry in sample["labels"]) == pytest.approx(1.0)


# Token classification


def test_the_first_piece_of_each_word_carries_its_tag_id_by_id(tokenizer: Any) -> None:
    words = ["Seashells", "in", "😀", "unbelievable", "Paris", "."]
    tags = ["B-per", "O", "O", "B-loc", "I-loc", "O"]
    rows = Dataset.from_dict({"tokens": [words], "tags": [tags]})
    (row,) = TOKENS.encode(rows, tokenizer, PrepareSettings(), TAGS)
    text = " ".join(words)
    encoding = tokenizer(text, return_offsets_mapping=True)
    assert row["input_ids"] == encoding.input_ids
    starts = [len(" ".join(words[:i])) + (i > 0) for i in range(len(words))]
    waiting = dict(zip(starts, tags, strict=True))
    for label, (start, end) in zip(row["labels"], encoding.offset_mapping, strict=True):
        piece = text[start:end]
        at = start + len(piece) - len(piece.lstrip())
        if piece.strip() and at in waiting:
            assert label == TAGS.index(waiting.pop(at))
        else:
            assert label == -100
    assert not waiting
    assert (row["labels"][0], row["labels"][-1]) == (-100, -100)


def test_padding_carries_no_tag(tokenizer: Any) -> None:
    rows = sentences_of(("The cat", "O O"), ("A fox in Paris", "O O O B-loc"))
    encoded = TOKENS.encode(rows, tokenizer, PrepareSettings(), TAGS)
    batch = TOKENS.collator(tokenizer, PrepareSettings(), None)(list(encoded))
    assert set(batch) == {"input_ids", "attention_mask", "labels"}
    assert (batch["labels"][batch["attention_mask"] == 0] == -100).all()
    assert (batch["labels"] != -100).sum(1).tolist() == [2, 4]


def test_a_cut_sentence_keeps_its_first_words_and_is_counted(tokenizer: Any) -> None:
    rows = sentences_of(("cat " * 30, "O " * 30), ("The cat", "O O"))
    encoded = TOKENS.encode(rows, tokenizer, PrepareSettings(max_length=10), TAGS)
    assert count_truncated(encoded) == {"truncated": 1}
    assert encoded["length"][0] == 10
    assert encoded["truncated"][:] == [True, False]


def test_bad_tags_name_the_sentence_in_encoding_too(tokenizer: Any) -> None:
    good = ("The cat", "O O")
    unbegun = sentences_of(good, ("in Paris", "O I-loc"))
    with pytest.raises(InvalidInput, match=r"sentence 2.*Write B-loc"):
        TOKENS.encode(unbegun, tokenizer, PrepareSettings(), TAGS)
    unknown = sentences_of(good, ("in Paris", "O B-x"))
    with pytest.raises(InvalidInput, match=r"Sentence 2 has the tag “B-x”"):
        TOKENS.encode(unknown, tokenizer, PrepareSettings(), TAGS)


def test_entity_numbers_are_seqevals() -> None:
    random = np.random.default_rng(0)
    logits, labels, truth, given = [], [], [], []
    for length in random.integers(3, 12, size=30):
        scores = random.normal(size=(length, len(TAGS)))
        scores[:, 0] += 1.0
        ids = random.choice(len(TAGS), size=length, p=[0.5, 0.15, 0.1, 0.15, 0.1])
        ids[0] = ids[-1] = -100  # special tokens
        kept = ids != -100
        logits.append(scores)
        labels.append(ids)
        truth.append([TAGS[i] for i in ids[kept]])
        given.append([TAGS[i] for i in scores[kept].argmax(1)])
    numbers = TOKENS.metrics(Evaluation(logits, labels, 6.0, 3), None, TAGS)
    how = {"mode": "strict", "scheme": IOB2}
    assert numbers["f1"] == f1_score(truth, given, **how) > 0
    assert numbers["precision"] == precision_score(truth, given, **how)
    assert numbers["recall"] == recall_score(truth, given, **how)
    assert numbers["accuracy"] == accuracy_score(truth, given)
    assert numbers["loss_nats"] == 2.0
    assert TOKENS.best_metric(None, TAGS).name == "f1"


def test_a_model_that_finds_nothing_scores_zero_without_a_warning() -> None:
    logits = [np.array([[1.0, 0, 0, 0, 0]] * 3)]
    numbers = TOKENS.metrics(Evaluation(logits, [np.array([-100, 1, 0])], 1.0, 1), None, TAGS)
    assert (numbers["f1"], numbers["accuracy"]) == (0.0, 0.5)


def test_samples_are_entities_with_their_places_in_the_text(tmp_path: Path) -> None:
    folder = make_tiny("bert", tmp_path, auto_class="AutoModelForTokenClassification")
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForTokenClassification.from_pretrained(folder)
    model.config.id2label = {0: "O", 1: "B-loc", 2: "I-loc"}
    text = "The cat sat in Paris, and she sells shells."
    model.train()
    sample, blank = TOKENS.predict_samples(model, tokenizer, [text, " "], PrepareSettings())
    assert model.training
    assert blank == {"input": " ", "entities": []}
    assert sample["entities"]
    for entity in sample["entities"]:
        assert text[entity["start"] : entity["end"]] == entity["text"]
        assert entity["type"] == "loc"
    ends = [entity["end"] for entity in sample["entities"]]
    starts = [entity["start"] for entity in sample["entities"]]
    assert all(a <= b for a, b in zip(ends, starts[1:], strict=False))
