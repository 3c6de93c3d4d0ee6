"""Entities of tagged rows: counted over all of them, and marked where they stand."""

from __future__ import annotations

import pyarrow as pa
import pytest
from datasets import ClassLabel, Dataset, Features, Value

from components.inspect.columns.entities import count_entities
from loupe.errors import Cancelled, InvalidInput
from loupe.tasks.token_classification.schemes import Scheme

TOKENS = [["Ana", "Ray", "left"], ["in", "Oslo", "Ana"], ["nobody"], None]
TAGS = [["B-PER", "I-PER", "O"], ["O", "B-LOC", "B-PER"], ["O"], None]
NAMES = ["O", "B-PER", "I-PER", "B-LOC"]


def tables() -> list[pa.Table]:
    texts = pa.table({"tokens": TOKENS, "tags": TAGS})
    ids = [None if row is None else [NAMES.index(tag) for tag in row] for row in TAGS]
    features = Features({"tokens": [Value("string")], "tags": [ClassLabel(names=NAMES)]})
    classes = Dataset.from_dict({"tokens": TOKENS, "tags": ids}, features=features)
    return [texts, classes.data.table]


@pytest.mark.parametrize("table", tables(), ids=["texts", "classes"])
def test_types_are_counted_with_their_rows(table: pa.Table) -> None:
    found = count_entities(table, "tokens", "tags")
    assert found.scheme is Scheme.BIO
    assert found.entities == 3
    assert [(one.label, one.count, one.rows.tolist()) for one in found.types] == [
        ("PER", 2, [0, 1]),
        ("LOC", 1, [1]),
    ]
    assert found.without.tolist() == [2, 3]


def test_the_rows_with_most_types_are_drawn_with_their_marks() -> None:
    (number, text, marks), second = count_entities(tables()[0], "tokens", "tags").examples
    assert (number, text) == (1, "in Oslo Ana")
    assert [(text[slice(*mark.span)], mark.label) for mark in marks] == [
        ("Oslo", "LOC"),
        ("Ana", "PER"),
    ]
    assert second[1][slice(*second[2][0].span)] == "Ana Ray"
    assert second[2][0].kind == marks[1].kind != marks[0].kind


def test_rows_with_more_words_than_tags_are_not_drawn() -> None:
    table = pa.table({"tokens": [["Ana"]], "tags": [["B-PER", "O"]]})
    found = count_entities(table, "tokens", "tags")
    assert found.entities == 1
    assert found.examples == ()


def test_other_columns_are_refused_and_the_count_can_be_given_up() -> None:
    table = pa.table({"tokens": [["a"]], "tags": ["O"]})
    with pytest.raises(InvalidInput, match="tags"):
        count_entities(table, "tokens", "tags")
    with pytest.raises(Cancelled):
        count_entities(tables()[0], "tokens", "tags", cancelled=lambda: True)
