"""How tokens are joined: every token's labels, and what the five strategies make of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from components.classify import keys
from components.classify.joined import differences_table
from components.classify.matrix import TOKENS_A_PAGE
from loupe.tasks.token_classification import (
    STRATEGIES,
    Aggregation,
    Joined,
    TokenClassificationQuery,
)
from tests.pages.classifiers import TAG, ask, open_question
from tests.pages.visitor import by_key, figures, markdown_in, texts_in
from tests.tiny_models import make_tiny

TEXT = "Anna Smith's cat sleeps in Paris."


def test_every_token_has_a_row_and_every_label_a_column(folder: Any) -> None:
    at = open_question(ask(TAG, folder("ner"), TEXT), TAG, "joined")
    assert not at.exception
    (figure,) = figures(at)
    cells = figure["data"][0]
    assert figure["layout"]["yaxis"]["ticktext"][0] == "[CLS]"
    assert figure["layout"]["xaxis"]["ticktext"] == ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
    assert all(sum(row) == pytest.approx(1, abs=1e-5) for row in cells["z"])
    assert "model" in cells["colorbar"]["title"]["text"]


def test_each_strategy_draws_the_whole_text(folder: Any) -> None:
    at = open_question(ask(TAG, folder("ner"), TEXT), TAG, "joined")
    for strategy in STRATEGIES:
        node = by_key(at, f"{keys.PAGE}_joined_{strategy}")
        assert node is not None, strategy
        parts = json.loads(node.proto.json)["parts"]
        assert "".join(part["text"] for part in parts) == TEXT
        assert any("label" in part for part in parts)
    (table,) = (frame.value for frame in at.dataframe)
    assert {"simple", "first", "average", "max", "differs"} <= set(table.columns)
    assert table["differs"].any()
    assert not any("All ways that join" in text for text in texts_in(at.main))


def test_many_tokens_have_pages_and_a_shorter_text_begins_at_the_first(folder: Any) -> None:
    long = "cat " * (TOKENS_A_PAGE + 10)
    at = open_question(ask(TAG, folder("ner"), long), TAG, "joined")
    assert len(figures(at)[0]["data"][0]["z"]) == TOKENS_A_PAGE
    at.session_state[keys.MATRIX_PAGE] = 2
    at.run()
    assert not at.exception
    assert len(figures(at)[0]["data"][0]["z"]) == 12
    assert any("Tokens 41 to 52 of 52" in text for text in markdown_in(at.main))
    at.text_area(key=keys.TEXT).input("A cat.").run()
    assert not at.exception
    assert figures(at)[0]["layout"]["yaxis"]["ticktext"][0] == "[CLS]"


def test_a_tokenizer_that_knows_no_words_is_named(root: Any) -> None:
    labels = ("O", "B-PER", "I-PER")
    made = make_tiny("roberta", root / "roberta", auto_class=TAG.auto_class, labels=labels)
    at = open_question(ask(TAG, f"folder:{made}", TEXT), TAG, "joined")
    assert not at.exception
    assert any("does not mark which pieces" in text for text in markdown_in(at.main))


def test_the_table_says_where_strategies_differ() -> None:
    whole, part = Joined("PER", "Anna", (0, 4), 0.9), Joined("PER", "An", (0, 2), 0.8)
    found = Aggregation(
        TokenClassificationQuery("Anna in Paris"),
        {
            "none": (Joined("B-PER", "An", (0, 2), 0.8),),
            "simple": (part, Joined("LOC", "Paris", (8, 13), 0.7)),
            "first": (whole, Joined("LOC", "Paris", (8, 13), 0.6)),
        },
        True,
    )
    table = differences_table(found)
    assert list(table["text"]) == ["An", "Anna", "Paris"]
    assert list(table["differs"]) == [True, True, False]
    assert list(table["simple"]) == ["PER 80.0 %", "–", "LOC 70.0 %"]
    assert "none" not in table.columns
