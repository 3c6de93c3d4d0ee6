"""Tags and entities against brute force, transformers' pipeline and the words of training."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import torch

from loupe.data.words import split_words
from loupe.engine.loaded import LoadedModel
from loupe.engine.tables import to_csv
from loupe.errors import EmptyText, InvalidInput, TextTooLong
from loupe.tasks import TASKS, token_classification
from loupe.tasks.token_classification import (
    AUTO_CLASS,
    Scheme,
    TokenClassificationQuery,
    check,
    predict,
    shorten,
)
from loupe.tasks.token_classification.export import rows, to_json
from loupe.traces import TokenTrace
from tests.loaded import load_folder, load_tiny
from tests.tiny_models import KINDS, edit_config, make_tiny

BIO = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
TEXT = "Anna Smith's cat, 100 % naïve, sleeps in Paris, isn't it? Jean"
PLAIN = "The quick brown fox jumps over the lazy dog while the cat sleeps on the mat"

Maker = Callable[..., LoadedModel]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    def make(kind: str, labels: tuple[str, ...] = BIO) -> LoadedModel:
        folder = tmp_path_factory.mktemp("tiny") / kind
        return load_tiny(kind, folder, AUTO_CLASS, labels=labels)

    return make


@pytest.fixture(scope="module", params=KINDS)
def loaded(request: pytest.FixtureRequest, make: Maker) -> LoadedModel:
    return make(request.param)


@pytest.fixture(scope="module")
def bert(make: Maker) -> LoadedModel:
    return make("bert")


def ask(loaded: LoadedModel, text: str) -> token_classification.TokenClassificationResult:
    return predict(loaded, TokenClassificationQuery(text))


def brute_force(loaded: LoadedModel, text: str) -> torch.Tensor:
    """Log-probabilities of every label at every token, (T, L), float64."""
    ids = loaded.tokenizer(text)["input_ids"]
    with torch.inference_mode():
        logits = loaded.model(input_ids=torch.tensor([ids])).logits[0]
    return torch.log_softmax(logits.double(), dim=-1)


def test_every_number_equals_brute_force(loaded: LoadedModel) -> None:
    for text in (PLAIN, "Anna's cat 我喜欢喝茶。", "naïve 😀, 3.14"):
        result = ask(loaded, text)
        expected = brute_force(loaded, text)
        assert torch.tensor(result.log_probs) == pytest.approx(expected.numpy(), abs=1e-5)
        assert [t.token_id for t in result.trace.tokens] == loaded.tokenizer(text)["input_ids"]
        for word in result.words:
            row = expected[word.position]
            assert word.log_prob == pytest.approx(row.max().item(), abs=1e-5)
            assert word.tag == BIO[int(row.argmax())]
            assert math.fsum(math.exp(nats) for _, nats in result.ranked(word)) == pytest.approx(1)
            assert result.ranked(word)[0] == (word.tag, word.log_prob)
        assert any(word.tag != "O" for word in result.words), "random weights tag something"


def test_the_tag_of_every_token_is_the_one_of_transformers_pipeline(loaded: LoadedModel) -> None:
    import transformers

    pipeline = transformers.pipeline(
        "token-classification",
        model=loaded.model,
        tokenizer=loaded.tokenizer,
        device="cpu",
        ignore_labels=[],
        aggregation_strategy="none",
    )
    result = ask(loaded, PLAIN)
    by_position = {entry["index"]: entry for entry in pipeline(PLAIN)}
    assert len(by_position) >= len(PLAIN.split())
    for word in result.words:
        found = by_position[word.position]
        assert found["entity"] == word.tag
        assert found["score"] == pytest.approx(word.prob, abs=1e-6)


@pytest.mark.parametrize("kind", ["bert", "distilbert"])
def test_entities_are_those_of_transformers_pipeline(make: Maker, kind: str) -> None:
    """Where both part the text alike: its strategy “first” knows the words of WordPiece only."""
    import transformers

    loaded = make(kind, ("O", "B-PER", "I-PER"))
    pipeline = transformers.pipeline(
        "token-classification",
        model=loaded.model,
        tokenizer=loaded.tokenizer,
        device="cpu",
        aggregation_strategy="first",
    )
    sizes = set()
    for text in (PLAIN, "She sells unbelievably long words", *PLAIN.split(" over ")):
        result = ask(loaded, text)
        found = pipeline(text)
        places = [(entry["start"], entry["end"], entry["entity_group"]) for entry in found]
        assert [(*e.span, e.label) for e in result.entities] == places
        for entity, entry in zip(result.entities, found, strict=True):
            words = result.words[slice(*entity.words)]
            sizes.add(len(words))
            assert sum(w.prob for w in words) / len(words) == pytest.approx(
                entry["score"], abs=1e-5
            )
            # Ours is the product: the probability of all these tags, not their mean.
            assert entity.prob == pytest.approx(math.prod(w.prob for w in words), abs=1e-6)
    assert len(sizes) > 1, "entities of one word and of several"


def test_each_words_first_piece_is_the_one_that_training_labels(loaded: LoadedModel) -> None:
    words = [
        "Anna",
        "'s",
        "cat",
        "is",
        "n't",
        "sleeps",
        "unbelievably",
        ",",
        "in",
        "Jean-Luc",
        "3.14",
        "%",
    ]
    for sentence in (words, ["我", "喝", "茶", "Anna"], ["☃", "cat", "☃"]):
        (pieces,) = split_words(loaded.tokenizer, [sentence], 512)
        trained = [pieces.first_of.index(i) for i in range(len(sentence))]
        result = ask(loaded, " ".join(sentence))
        assert [word.text for word in result.words] == sentence
        assert [word.position for word in result.words] == trained


@pytest.mark.parametrize("kind", ["bert", "roberta", "xlm-roberta", "albert"])
def test_words_cover_a_text_of_every_script_in_order(make: Maker, kind: str) -> None:
    loaded = replace(make(kind), context_length=None)
    for text in (
        TEXT[:50],
        "我喜欢喝茶。今天天气",
        "كان محمد في القاهرة أمس.",
        "😀👍🏽 👩‍👩‍👧 é",
        "e\u0301a  b\n\nc",
    ):
        result = ask(loaded, text)
        spans = sorted([word.span for word in result.words] + list(result.unread))
        assert all(a[1] <= b[0] for a, b in pairwise(spans))
        covered = "".join(text[s:e] for s, e in spans)
        assert covered == "".join(text.split())
        assert all(word.text == text[slice(*word.span)] for word in result.words)
        positions = [word.position for word in result.words]
        assert positions == sorted(set(positions))


def test_chinese_is_tagged_a_character_at_a_time_and_an_emoji_is_one_word(
    bert: LoadedModel,
) -> None:
    result = ask(bert, "我喜欢喝茶")
    assert [word.text for word in result.words] == list("我喜欢喝茶")
    emoji = ask(bert, "a 👩‍👩‍👧 b")
    assert [word.text for word in emoji.words] == ["a", "👩‍👩‍👧", "b"]


def test_characters_that_share_a_token_are_one_word(make: Maker) -> None:
    # A byte-level piece may hold several characters, but never half of a word of ours.
    result = ask(make("roberta"), "我喜欢喝茶。今天天气很好")
    assert len(result.words) >= 2
    starts = {word.span[0] for word in result.words}
    tokens = [t.span for t in result.trace.tokens if t.span is not None]
    assert starts <= {span[0] for span in tokens}


def test_what_the_tokenizer_drops_is_said(bert: LoadedModel) -> None:
    text = "Anna \x07 cat"
    result = ask(bert, text)
    assert [text[slice(*span)] for span in result.unread] == ["\x07"]
    assert [word.text for word in result.words] == ["Anna", "cat"]


def test_typed_special_tokens_were_read_and_are_said_to_be(make: Maker) -> None:
    asked = {
        "bert": ("Emma [SEP] Watson flew from Rome [CLS] to \x07 Boston", ["[SEP]", "[CLS]"]),
        "xlm-roberta": ("Emma</s>Watson flew to \x07 Boston", ["</s>"]),
    }
    for kind, (text, signs) in asked.items():
        result = ask(make(kind), text)
        assert [text[slice(*span)] for span in result.control] == signs
        # What stands within them is no word; and a control character is still said to be lost.
        names = ["Emma", "Watson", "flew", "from", "Rome", "to", "Boston"]
        assert [w.text for w in result.words if w.text != "\x07"] == [
            name for name in names if name in text
        ]
        assert {text[slice(*span)] for span in result.unread} <= {"\x07"}
    assert ask(make("bert"), "Anna \x07 [SEPT]").control == ()


def set_tags(loaded: LoadedModel, monkeypatch: pytest.MonkeyPatch, *tags: str) -> None:
    """Make the model tag the first piece of the words of a text with these, 3 nats above others."""
    labels = [loaded.model.config.id2label[i] for i in range(loaded.model.config.num_labels)]
    real = loaded.model.forward

    def forward(**inputs: Any) -> Any:
        out = real(**inputs)
        out.logits = torch.zeros_like(out.logits)
        for position, tag in enumerate(tags, start=1):  # behind [CLS]
            out.logits[0, position, labels.index(tag)] = 3.0
        return out

    forward.__signature__ = import_module("inspect").signature(real)  # type: ignore[attr-defined]
    monkeypatch.setattr(loaded.model, "forward", forward)


WORDS = "the cat sleeps on the mat ."


def test_an_entity_has_code_points_words_and_the_product_of_its_tags(
    bert: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_tags(bert, monkeypatch, "B-PER", "I-PER", "O", "B-LOC", "B-LOC", "I-LOC", "O")
    result = ask(bert, WORDS)
    assert [(e.label, e.text, e.words) for e in result.entities] == [
        ("PER", "the cat", (0, 2)),
        ("LOC", "on", (3, 4)),
        ("LOC", "the mat", (4, 6)),
    ]
    assert [e.span for e in result.entities] == [(0, 7), (15, 17), (18, 25)]
    assert not any(e.repaired for e in result.entities)
    one = 3.0 - math.log(math.exp(3.0) + len(BIO) - 1)
    assert [e.log_prob for e in result.entities] == pytest.approx([2 * one, one, 2 * one], abs=1e-5)


def test_an_entity_without_its_beginning_is_repaired_and_says_so(
    bert: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_tags(bert, monkeypatch, "I-PER", "I-PER", "O", "B-LOC", "I-PER", "O", "O")
    result = ask(bert, WORDS)
    assert [(e.label, e.text, e.repaired) for e in result.entities] == [
        ("PER", "the cat", True),
        ("LOC", "on", False),
        ("PER", "the", True),
    ]


def test_labels_without_o_tag_each_word_and_join_none(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded = make("bert", ("NOUN", "VERB", "DET"))
    set_tags(loaded, monkeypatch, "DET", "NOUN", "VERB", "NOUN", "NOUN", "NOUN", "NOUN")
    result = ask(loaded, WORDS)
    assert result.scheme is Scheme.TAGS
    assert result.entities == ()
    assert [word.tag for word in result.words][:3] == ["DET", "NOUN", "VERB"]


def test_an_empty_text_is_refused() -> None:
    with pytest.raises(EmptyText):
        TokenClassificationQuery(" \n\t\u3000")


def test_half_a_character_is_refused(bert: LoadedModel) -> None:
    with pytest.raises(InvalidInput, match="half a character"):
        ask(bert, "ab\ud83d")


@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "albert"])
def test_what_is_too_long_is_refused_and_its_beginning_fits(make: Maker, kind: str) -> None:
    loaded = make(kind)
    text = "The cat sleeps on the mat. " * 40
    query = TokenClassificationQuery(text)
    with pytest.raises(TextTooLong):
        predict(loaded, query)
    shorter = shorten(loaded, query)
    assert text.startswith(shorter.text)
    assert text[len(shorter.text)] == " "
    assert loaded.context_length is not None
    used = len(predict(loaded, shorter).trace.tokens)
    assert loaded.context_length - 10 < used <= loaded.context_length
    assert shorten(loaded, TokenClassificationQuery(PLAIN[:20])).text == PLAIN[:20]


def test_underscores_stay_underscores(bert: LoadedModel) -> None:
    result = ask(bert, "a ___ b")
    assert bert.tokenizer.mask_token_id not in [t.token_id for t in result.trace.tokens]


def test_the_check_agrees(loaded: LoadedModel) -> None:
    result = ask(loaded, PLAIN)
    report = check(loaded, result)
    assert report.agrees
    assert report.entities_agree is True
    assert report.largest_difference < 1e-5
    tokens = len(loaded.tokenizer(PLAIN)["input_ids"])
    assert report.compared == tokens * len(BIO) + len(result.entities)


def test_the_check_finds_a_wrong_number_tag_or_entity(
    bert: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_tags(bert, monkeypatch, "B-PER", "I-PER", "O", "B-LOC", "B-LOC", "I-LOC", "O")
    result = ask(bert, WORDS)
    assert check(bert, result).agrees

    wrong_row = (result.log_probs[2][0] + 0.01, *result.log_probs[2][1:])
    rows_ = (*result.log_probs[:2], wrong_row, *result.log_probs[3:])
    report = check(bert, replace(result, log_probs=rows_))
    assert not report.agrees
    assert report.largest_difference == pytest.approx(0.01, abs=1e-4)
    assert str(report.where) == "token 3 (cat): O"

    first, *others = result.entities
    dearer = replace(first, log_prob=first.log_prob + 0.02)
    report = check(bert, replace(result, entities=(dearer, *others)))
    assert not report.agrees
    assert str(report.where) == "the cat"

    word = replace(result.words[2], tag="B-LOC")
    report = check(bert, replace(result, words=(*result.words[:2], word, *result.words[3:])))
    assert not report.tags_agree
    assert not report.agrees

    for entities in (tuple(others), (replace(first, label="LOC"), *others)):
        report = check(bert, replace(result, entities=entities))
        assert report.entities_agree is False
        assert not report.agrees


def test_two_labels_of_one_name_are_told_apart_by_their_ids(
    make: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The first B-PER wins, so that its namesake has another probability.
    loaded = make("bert", ("O", "B-PER", "B-PER", "I-PER"))
    set_tags(loaded, monkeypatch, "B-PER", "I-PER", "O", "B-PER", "O", "O", "O")
    result = ask(loaded, WORDS)
    assert [word.tag_id for word in result.words] == [1, 3, 0, 1, 0, 0, 0]
    report = check(loaded, result)
    assert report.agrees, report
    namesake = replace(result.words[0], tag_id=2)
    assert not check(loaded, replace(result, words=(namesake, *result.words[1:]))).tags_agree

    table = pd.DataFrame(row for row in rows(result) if row["row"] == "word")
    columns = ["prob O", "prob B-PER (1)", "prob B-PER (2)", "prob I-PER"]
    assert [name for name in table if str(name).startswith("prob ")] == columns
    assert list(table[columns].sum(axis=1)) == pytest.approx([1.0] * 7)
    assert list(table["label_id"]) == [word.tag_id for word in result.words]


def test_no_two_columns_of_the_export_have_one_name(make: Maker) -> None:
    result = ask(make("bert", ("X", "X", "X (0)", "X (1)", "")), PLAIN)
    words = [row for row in rows(result) if row["row"] == "word"]
    for row in words:
        probs = [value for name, value in row.items() if name.startswith("prob ")]
        assert len(probs) == 5
        assert sum(float(p) for p in probs if p is not None) == pytest.approx(1.0)


@pytest.mark.parametrize("odd", [None, "B-\ud800"], ids=["a gap", "half a character"])
def test_odd_names_are_shown_saved_and_no_false_alarm(tmp_path: Path, odd: str | None) -> None:
    folder = make_tiny("bert", tmp_path / "odd", auto_class=AUTO_CLASS, labels=BIO[:3])
    names = {"0": "O", "1" if odd else "7": odd or "B-X", "2": "I-X"}
    edit_config(folder, id2label=names, label2id=None, num_labels=3)
    loaded = load_folder(folder, AUTO_CLASS)
    result = ask(loaded, PLAIN)
    assert result.labels == ("O", "B-\ufffd" if odd else "LABEL_1", "I-X")
    assert check(loaded, result).agrees
    to_json(result).encode("utf-8")
    to_csv(rows(result)).encode("utf-8")


def test_the_check_claims_nothing_where_seqeval_cannot_read_the_labels(make: Maker) -> None:
    loaded = make("bert", ("O", "PER", "LOC"))
    report = check(loaded, ask(loaded, PLAIN))
    assert report.entities_agree is None
    assert report.agrees


def test_the_exports_hold_every_entity_word_and_distribution(
    bert: LoadedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_tags(bert, monkeypatch, "B-PER", "I-PER", "O", "B-LOC", "B-LOC", "I-LOC", "O")
    result = ask(bert, WORDS)
    written = json.loads(to_json(result))
    assert written["schema_version"] == 1
    assert written["task"] == "token-classification"
    assert TokenTrace.from_dict(written["trace"]) == result.trace
    assert [entry["span"] for entry in written["entities"]] == [[0, 7], [15, 17], [18, 25]]
    assert len(written["log_probs"]) == len(result.trace.tokens)
    table = pd.read_csv(io.StringIO(to_csv(rows(result))))
    found = table[table["row"] == "entity"]
    assert list(found["text"]) == ["the cat", "on", "the mat"]
    words = table[table["row"] == "word"]
    assert list(words["text"]) == WORDS.split()
    assert list(words[[f"prob {label}" for label in BIO]].sum(axis=1)) == pytest.approx([1.0] * 7)


def test_a_label_or_a_word_in_the_table_is_no_formula(make: Maker) -> None:
    result = ask(make("bert", ("=A", "=B")), "=one is two")
    table = list(csv.DictReader(io.StringIO(to_csv(rows(result)))))
    assert table
    assert all(row["label"].startswith("'=") for row in table)
    words = [row for row in table if row["row"] == "word"]
    assert [row["text"] for row in words] == ["'=", "one", "is", "two"]
    assert [float(row["log_prob"]) for row in words] == [word.log_prob for word in result.words]


def test_the_task_is_listed_under_its_name_in_transformers() -> None:
    assert TASKS["token-classification"] is token_classification
