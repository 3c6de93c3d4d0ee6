"""Runs beside each other."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from components.runs import keys
from loupe.runs.state import Status
from tests.pages.runs.made_runs import MadeRun
from tests.pages.runs.watching import click, has, visit
from tests.pages.visitor import figures, offered_files

Make = Callable[..., MadeRun]


@pytest.fixture
def three(make: Make) -> None:
    make("one").finished().state(Status.FINISHED)
    make("two", args={"learning_rate": 0.001}).finished(200).state(Status.FINISHED)
    make("other", task="fill-mask").finished().state(Status.FINISHED)


@pytest.mark.usefixtures("three")
def test_comparing_begins_with_the_shown_run_and_one_of_its_task() -> None:
    at = visit("one")
    click(at, "compare")
    assert at.query_params[keys.COMPARED] == "one,two"
    assert keys.RUN not in at.query_params
    assert not at.tabs
    click(at, "back")
    assert at.query_params[keys.RUN] == "one"
    assert at.tabs


@pytest.mark.usefixtures("three")
def test_curves_lie_over_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    held = offered_files(monkeypatch)
    at = visit(compare="one,two")
    loss, metric = figures(at)
    names = [trace["name"] for trace in loss["data"] if trace.get("name")]
    assert names == ["one", "two"]
    lines = {trace["name"]: trace for trace in metric["data"]}
    assert lines["one"]["x"] == [0, 400]
    assert lines["two"]["x"] == [0, 200]
    assert lines["one"]["line"]["dash"] != lines["two"]["line"]["dash"]
    assert "accuracy,one,0.5,0.8" in held["runs_metrics_csv"].decode("utf-8-sig")


@pytest.mark.usefixtures("three")
def test_only_the_settings_that_differ_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    held = offered_files(monkeypatch)
    at = visit(compare="one,two")
    settings = at.dataframe[1].value
    assert list(settings["setting"]) == ["args.learning_rate"]
    assert list(settings["run_0"]) == ["5e-05"]
    assert list(settings["run_1"]) == ["0.001"]
    assert "args.learning_rate,two,0.001" in held["runs_settings_csv"].decode("utf-8-sig")


@pytest.mark.usefixtures("three")
def test_runs_that_are_gone_are_left_out_of_the_address() -> None:
    at = visit(compare="one,gone,two,one")
    assert at.multiselect(key=keys.CHOICE).value == ["one", "two"]
    alone = visit(compare="gone")
    assert has(alone, "Choose at least two runs")
    assert not figures(alone)


@pytest.mark.usefixtures("three")
def test_what_is_chosen_goes_into_the_address() -> None:
    at = visit(compare="one,two")
    at.multiselect(key=keys.CHOICE).set_value(["two", "other"]).run()
    assert at.query_params[keys.COMPARED] == "two,other"
    settings = at.dataframe[1].value
    assert "task" in list(settings["setting"])
