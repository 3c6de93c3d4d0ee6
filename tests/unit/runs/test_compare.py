"""Runs beside each other."""

from __future__ import annotations

from typing import Any

import pytest

from loupe.runs.compare import (
    is_of_one_class,
    lower_is_better,
    metric_rows,
    metrics_after,
    metrics_before,
    settings_diff,
)
from loupe.runs.progress import EvaluationPoint, Progress
from loupe.training.spec import RunSpec


def spec(**changes: Any) -> RunSpec:
    made: dict[str, Any] = {
        "name": "one",
        "task": "text-classification",
        "model": {"checkpoint": "starter:fill-mask-en"},
        "data": {"train": [{"path": "a.csv", "columns": {"text": "文本", "label": 1}}]},
        **changes,
    }
    return RunSpec.from_dict(made)


def test_only_what_differs_is_said() -> None:
    rows = settings_diff([spec(), spec(name="two", args={"learning_rate": 1e-3})])
    assert [(row.field, row.values) for row in rows] == [("args.learning_rate", ("5e-05", "0.001"))]


def test_equal_settings_differ_in_nothing() -> None:
    assert settings_diff([spec(), spec(name="other")]) == ()


def test_a_field_that_one_of_them_lacks_is_none_there() -> None:
    lora = {"checkpoint": "starter:fill-mask-en", "lora": {"r": 4}}
    rows = {row.field: row.values for row in settings_diff([spec(), spec(model=lora)])}
    assert rows["model.lora.r"] == (None, "4")
    assert rows["model.lora"] == ("null", None)
    assert "model.checkpoint" not in rows


def test_files_are_told_apart_by_their_place() -> None:
    two = {"train": [{"path": "a.csv"}, {"path": "b.csv"}]}
    rows = {row.field: row.values for row in settings_diff([spec(), spec(data=two)])}
    assert rows["data.train.1.path"] == (None, "b.csv")
    assert rows["data.train.0.columns.text"] == ("文本", None)
    assert "data.train.0.path" not in rows


def test_the_best_is_the_lowest_loss_and_the_highest_score() -> None:
    rows = metric_rows(
        [{"accuracy": 0.5}, {}, {}],
        [{"loss_nats": 0.3, "accuracy": 0.8}, {"loss_nats": 0.2, "accuracy": 0.7}, {"bleu": 9.0}],
    )
    found = {row.name: row for row in rows}
    assert found["loss_nats"].best == 1
    assert found["accuracy"].best == 0
    assert found["accuracy"].before == (0.5, None, None)
    assert found["accuracy"].after == (0.8, 0.7, None)
    assert found["bleu"].best is None, "one alone is not the best of any"


def test_equal_values_have_no_best() -> None:
    (row,) = metric_rows([{}, {}], [{"f1": 0.5}, {"f1": 0.5}])
    assert row.best is None


@pytest.mark.parametrize("name", ["loss_nats", "exp_loss", "perplexity", "bits_per_char"])
def test_less_is_better_of_losses(name: str) -> None:
    assert lower_is_better(name)
    assert not lower_is_better("f1_macro")


def test_a_class_is_told_from_the_mean_of_all() -> None:
    assert is_of_one_class("f1_spam")
    assert not any(map(is_of_one_class, ("f1", "f1_macro", "f1_smallest", "accuracy")))


def test_after_training_is_the_best_step_and_before_it_step_0() -> None:
    points = tuple(
        EvaluationPoint(step, float(step), 0, {"f1": value})
        for step, value in ((0, 0.1), (5, 0.7), (10, 0.6))
    )
    progress = Progress(evaluations=points, best_step=5)
    assert metrics_before(progress) == {"f1": 0.1}
    assert metrics_after(progress) == {"f1": 0.7}
    assert metrics_after(progress, {"f1": 0.71}) == {"f1": 0.71}
    untrained = Progress(evaluations=points[:1])
    assert metrics_after(untrained) == {}, "a model that was not trained gave nothing after it"
    assert metrics_before(Progress(evaluations=points[1:])) == {}
