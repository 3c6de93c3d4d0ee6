"""Labels of data and of a model are matched by their names, and only where that is sure."""

from __future__ import annotations

import pytest

from loupe.data.matching import match_labels


@pytest.mark.parametrize(
    ("data", "model", "expected"),
    [
        (["pos", "neg"], ["neg", "pos"], {"pos": 1, "neg": 0}),
        (["Positive ", "NEGATIVE"], ["negative", "positive"], {"Positive ": 1, "NEGATIVE": 0}),
        (["very good"], ["very_good", "Very-Bad"], {"very good": 0}),
        (["0", "1"], ["LABEL_0", "LABEL_1"], {"0": 0, "1": 1}),
        (["1"], ["LABEL_10", "LABEL_01"], {"1": 1}),
        (["0", "1"], ["negative", "positive"], {"0": None, "1": None}),
        (["LABEL_0"], ["ham", "spam"], {"LABEL_0": None}),
        (["joy"], ["anger", "sadness"], {"joy": None}),
        (["A b"], ["a_b", "a-b"], {"A b": None}),
        (["a_b"], ["a_b", "a-b"], {"a_b": 0}),
        (["x"], ["x", "x"], {"x": 0}),
        ([], ["a"], {}),
        (["PER", "ORG", "LOC"], ["person", "location"], {"PER": 0, "ORG": None, "LOC": 1}),
        (["Organisation"], ["ORG"], {"Organisation": 0}),
        (["pos"], ["pos", "positive"], {"pos": 0}),
        (["Pos"], ["pos", "positive"], {"Pos": None}),
        (["正面"], ["正面", "负面"], {"正面": 0}),
    ],
)
def test_a_label_is_matched_where_its_name_says_so(
    data: list[str], model: list[str], expected: dict[str, int | None]
) -> None:
    assert match_labels(data, model) == expected
