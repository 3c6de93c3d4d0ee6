"""The five ways to join tokens are those of transformers' pipeline, whatever the tokenizer."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pytest
import torch

from loupe.engine.loaded import LoadedModel
from loupe.errors import TextTooLong
from loupe.tasks.token_classification import (
    AUTO_CLASS,
    STRATEGIES,
    Aggregation,
    TokenClassificationQuery,
    aggregate,
)
from tests.loaded import load_folder, load_tiny
from tests.tiny_models import edit_config, make_tiny

BIO = ("O", "B-PER", "I-PER", "B-LOC", "I-LOC")
TEXTS = (
    "The quick brown fox jumps over the lazy dog while the cat sleeps on the mat in Paris.",
    "Anna Smith's cat, 100 % naïve, sleeps in Paris, isn't it? Jean",
    "我喜欢喝茶 😀 and [SEP] seashells",
)
# WordPiece, byte-level, and Unigram.
FAMILIES = ("bert", "distilbert", "roberta", "modernbert", "gpt2", "xlm-roberta", "albert", "t5")

Maker = Callable[..., LoadedModel]


@pytest.fixture(scope="module")
def make(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    def make(kind: str, labels: tuple[str, ...] = BIO) -> LoadedModel:
        folder = tmp_path_factory.mktemp("tiny") / kind
        return load_tiny(kind, folder, AUTO_CLASS, labels=labels)

    return make


@pytest.fixture(scope="module", params=FAMILIES)
def loaded(request: pytest.FixtureRequest, make: Maker) -> LoadedModel:
    return make(request.param)


def ask(loaded: LoadedModel, text: str) -> Aggregation:
    with torch.inference_mode():
        return aggregate(loaded, TokenClassificationQuery(text))


def by_pipeline(loaded: LoadedModel, text: str, strategy: str) -> list[dict[str, Any]]:
    import transformers

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Tokenizer does not support real words")
        pipeline = transformers.pipeline(
            "token-classification",
            model=loaded.model,
            tokenizer=loaded.tokenizer,
            device="cpu",
            aggregation_strategy=strategy,
        )
        found: list[dict[str, Any]] = pipeline(text)
    return found


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_each_strategy_gives_what_the_pipeline_gives(loaded: LoadedModel, strategy: str) -> None:
    some = 0
    for text in TEXTS:
        ours = ask(loaded, text).found[strategy]
        theirs = by_pipeline(loaded, text, strategy)
        assert [one.text for one in ours] == [entry["word"] for entry in theirs]
        assert [one.span for one in ours] == [(e["start"], e["end"]) for e in theirs]
        name = "entity" if strategy == "none" else "entity_group"
        assert [one.label for one in ours] == [entry[name] for entry in theirs]
        assert [one.score for one in ours] == pytest.approx([e["score"] for e in theirs], abs=1e-5)
        assert not any(one.label == "O" for one in ours)
        some += len(ours)
    assert some > 0, "random weights find something"


def test_where_pieces_of_a_word_disagree_the_strategies_differ(make: Maker) -> None:
    found = ask(make("bert"), TEXTS[1])
    assert found.knows_words
    assert found.differs
    assert len(found.found["none"]) > len(found.found["first"])


def test_where_every_word_is_one_piece_they_agree(make: Maker) -> None:
    loaded = make("bert", ("O", "X"))
    text = "the cat the cat"
    assert len(loaded.tokenizer(text)["input_ids"]) == 6
    found = ask(loaded, text)
    assert not found.differs


def test_it_is_said_which_tokenizers_know_words(loaded: LoadedModel) -> None:
    kind = loaded.model.config.model_type
    assert ask(loaded, TEXTS[0]).knows_words is (kind in ("bert", "distilbert"))


def test_labels_that_the_configuration_leaves_out_have_their_numbers(tmp_path: Any) -> None:
    folder = make_tiny("bert", tmp_path / "bert", auto_class=AUTO_CLASS, labels=("a", "b"))
    edit_config(folder, id2label={"0": "O", "2": "B-X"}, label2id=None, num_labels=2)
    found = ask(load_folder(folder, AUTO_CLASS), TEXTS[0])
    assert {one.label for one in found.found["none"]} == {"LABEL_1"}


def test_a_text_that_is_too_long_is_refused_and_not_cut(make: Maker) -> None:
    with pytest.raises(TextTooLong):
        ask(make("bert"), "cat " * 80)
