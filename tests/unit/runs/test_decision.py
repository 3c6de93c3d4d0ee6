from __future__ import annotations

import json

import pytest

from loupe.errors import InvalidInput
from loupe.runs.decision import Decision, read_decision, write_decision
from tests.unit.runs.outcomes import classes, labels

TWO = classes(("ham", "spam"))


@pytest.mark.parametrize("outcome", [TWO, labels(("spam",)), labels(("a", "b", "spam"))])
def test_a_decision_comes_back_as_it_was_kept(tmp_path, outcome):
    path = tmp_path / "decision.json"
    write_decision(path, Decision("spam", 0.37), outcome)
    assert read_decision(path) == Decision("spam", 0.37)
    assert [file.name for file in tmp_path.iterdir()] == ["decision.json"], "nothing beside it"


def test_version_1_still_opens(tmp_path):
    path = tmp_path / "decision.json"
    path.write_text('{"schema_version": 1, "label": "spam", "threshold": 0.25}')
    assert read_decision(path) == Decision("spam", 0.25)


@pytest.mark.parametrize("threshold", [0.0, 1.0, -0.1, 7.0, float("nan")])
def test_a_threshold_outside_of_0_and_1_is_refused(threshold):
    with pytest.raises(InvalidInput, match="between 0 and 1"):
        Decision("spam", threshold)


@pytest.mark.parametrize(
    ("outcome", "label", "said"),
    [(TWO, "eggs", "ham, spam"), (classes(("a", "b", "c")), "a", "two classes; this run has 3")],
)
def test_what_does_not_fit_is_refused_and_not_written(tmp_path, outcome, label, said):
    path = tmp_path / "decision.json"
    with pytest.raises(InvalidInput) as raised:
        write_decision(path, Decision(label, 0.5), outcome)
    assert said in str(raised.value)
    assert not path.exists()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        json.dumps({"schema_version": 2, "label": "spam", "threshold": 0.5}),
        json.dumps({"schema_version": 1, "label": "spam"}),
        json.dumps({"schema_version": 1, "label": "spam", "threshold": 2}),
        json.dumps({"schema_version": 1, "label": "spam", "threshold": "x"}),
    ],
)
def test_a_file_that_says_nothing_is_no_decision(tmp_path, text):
    path = tmp_path / "decision.json"
    assert read_decision(path) is None
    path.write_text(text)
    assert read_decision(path) is None
