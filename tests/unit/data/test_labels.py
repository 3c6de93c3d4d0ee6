"""Labels that cannot be learned are said before a model sees them."""

from __future__ import annotations

from typing import Any

import pytest
from datasets import Dataset

from loupe.data.labels import find_labels, label_ids, row_labels
from loupe.errors import InvalidInput


def rows_of(labels: list[Any]) -> Dataset:
    return Dataset.from_dict({"text": [f"text {i}" for i in range(len(labels))], "label": labels})


def fault(train: list[Any], validation: list[Any] | None = None, *, multi_label=False) -> str:
    held_out = None if validation is None else rows_of(validation)
    with pytest.raises(InvalidInput) as caught:
        find_labels(rows_of(train), held_out, multi_label=multi_label)
    return str(caught.value)


def test_names_are_in_alphabetical_and_numbers_in_numerical_order() -> None:
    assert find_labels(rows_of(["b", "a", "b"]), None, multi_label=False) == ("a", "b")
    assert find_labels(rows_of([10, 9, 2]), None, multi_label=False) == ("2", "9", "10")
    assert find_labels(rows_of(["10", "9"]), None, multi_label=False) == ("9", "10")
    assert find_labels(rows_of([1.0, 0.0]), None, multi_label=False) == ("0", "1")
    assert find_labels(rows_of([True, False]), None, multi_label=False) == ("False", "True")


def test_the_order_does_not_depend_on_the_rows() -> None:
    once = find_labels(rows_of(["x", "y", "z"]), None, multi_label=False)
    assert once == find_labels(rows_of(["z", "z", "y", "x"]), None, multi_label=False)


def test_ids_are_positions_among_the_labels() -> None:
    assert label_ids(rows_of(["b", "a"]), ("a", "b"), multi_label=False) == [1, 0]


def test_several_labels_are_lists_or_parted_by_a_bar() -> None:
    lists, texts = rows_of([["a", "b"], [], ["c"]]), rows_of(["a | b", "", "c"])
    for rows in (lists, texts):
        labels = find_labels(rows, None, multi_label=True)
        assert labels == ("a", "b", "c")
        hot = label_ids(rows, labels, multi_label=True)
        assert hot == [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    assert row_labels(rows_of([["a", "a"]]), multi_label=True) == [("a",)]


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        (["a", None, "b"], "Row 2 (“text 1”) has no label"),
        (["a", "  ", "b"], "Row 2 (“text 1”) has no label"),
        ([1.0, 0.5], "“0.5” of row 2 (“text 1”) is a fraction"),
        ([0, 1, -1], "“-1” of row 3 (“text 2”) is below zero"),
        (["0", "-1"], "“-1” of row 2"),
        ([["a"], ["b"]], "Row 1 (“text 0”) has a list"),
        (["a", "a"], "1 label (“a”)"),
    ],
)
def test_labels_that_cannot_be_learned_are_named(labels: list[Any], said: str) -> None:
    assert said in fault(labels)


def test_labels_alike_but_for_case_or_space_are_reported_and_not_merged() -> None:
    said = fault(["pos", "pos ", "Pos", "neg"])
    assert "“Pos” and “pos” and “pos ”" in said
    assert "neg" not in said
    assert "“Neg” and “neg”" in fault(["pos", "neg"], ["pos", "Neg"])


def test_a_label_of_held_out_rows_alone_is_named() -> None:
    assert "“c” stands in the held-out rows only (row 2: “text 1”)" in fault(["a", "b"], ["a", "c"])


def test_a_missing_label_is_missing_in_multi_label_too() -> None:
    assert "Row 2" in fault([["a"], None], multi_label=True)
    assert "Row 1" in fault([["a", None]], multi_label=True)


def test_a_label_that_the_model_does_not_know_is_named() -> None:
    with pytest.raises(InvalidInput, match=r"Row 2 .*“c”.*a, b"):
        label_ids(rows_of(["a", "c"]), ("a", "b"), multi_label=False)
