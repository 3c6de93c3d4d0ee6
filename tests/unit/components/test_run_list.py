"""What the browser gets of the list of runs."""

from __future__ import annotations

import dataclasses
import json

import pytest

from components.quality.threshold import threshold_text
from components.runs import words
from components.runs.run_list import RunItem, list_data
from components.runs.saying import answer
from components.runs.trying import first_input, states
from components.share_link import to_params
from loupe.runs.progress import Progress, SampleSet
from loupe.runs.state import Status
from loupe.training.phases import Phase
from loupe.training.spec import ROLES


def test_items_are_plain_values() -> None:
    item = RunItem("a", "a", "error", "failed", "failed", ("classify · just now",), None, True)
    data = json.loads(json.dumps(list_data([item], "Runs")))
    assert data["label"] == "Runs"
    (drawn,) = data["items"]
    assert drawn["is_chosen"]
    assert drawn["share"] is None
    assert drawn.keys() == {field.name for field in dataclasses.fields(RunItem)}


def test_every_status_and_phase_and_task_has_words() -> None:
    assert set(words.STATUS) == set(words.ICONS) == set(Status)
    assert set(words.PHASES) == set(Phase)
    assert set(words.TASKS) == set(ROLES)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0:00"), (7.4, "0:07"), (130, "2:10"), (3730, "1:02:10"), (-3, "0:00")],
)
def test_clock(seconds: float, said: str) -> None:
    assert words.clock(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(12_000, "12 kB"), (400_000, "0.4 MB"), (23_000_000, "23 MB"), (1_200_000_000, "1.2 GB")],
)
def test_size(count: int, said: str) -> None:
    assert words.size(count) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "just now"),
        (4, "just now"),
        (30, "30 s ago"),
        (600, "10 min ago"),
        (3600 * 5, "5 h ago"),
        (86400 * 9, "9 days ago"),
    ],
)
def test_ago(seconds: float, said: str) -> None:
    assert words.ago(seconds) == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.35, "0.350"), (0.000245365, "0.000245"), (0.9999, "0.999900")]
)
def test_threshold(value: float, said: str) -> None:
    assert threshold_text(value) == said


@pytest.mark.parametrize(
    ("value", "said"), [(None, "–"), (0.12345, "0.1235"), (39.339, "39.34"), (-1.5, "−1.5000")]
)
def test_number(value: float | None, said: str) -> None:
    assert words.number(value) == said


@pytest.mark.parametrize(
    ("sample", "said"),
    [
        ({"labels": [{"label": "yes", "probability": 0.75}]}, "yes 75.0 %"),
        (
            {"masks": [{"top": [{"token": "a", "probability": 0.5}]}, {"top": []}]},
            "a 50.0 % | ",
        ),
        ({"entities": [{"text": "Ada", "type": "PER", "start": 0, "end": 3}]}, "Ada → PER"),
        ({"entities": []}, "nothing found"),
        ({"continuation": " and on"}, " and on"),
        ({"input": "a", "translation": "un"}, "un"),
        ({"input": "a", "summary": "s"}, "s"),
        ({"input": "a", "score": 3}, "score: 3"),
    ],
)
def test_an_answer_is_said_in_a_line(sample: dict[str, object], said: str) -> None:
    assert answer(sample) == said


@pytest.mark.parametrize(
    ("task", "sample", "text"),
    [
        ("text-classification", {"input": "one two three four"}, "one two three four"),
        ("text-generation", {"input": "one two three four"}, "one two"),
        ("text-generation", {"input": "one"}, "one"),
        ("fill-mask", {"input": "a b", "shown": "a [MASK]"}, "a [MASK]"),
    ],
)
def test_a_page_opens_with_a_text_of_the_run(task: str, sample: dict[str, str], text: str) -> None:
    progress = Progress(samples=(SampleSet(0, "before", (sample,)),))
    assert first_input(progress, task) == text
    assert first_input(Progress(), task) == ""


@pytest.mark.parametrize("task", list(ROLES))
def test_each_task_has_a_page_to_try_its_runs_on(task: str) -> None:
    page, alone, beside = states(task, "run:one@4", "starter:base", "text")
    assert page.path.startswith("pages/")
    assert beside is not None
    params, others = to_params(alone), to_params(beside)
    assert params["model"] == others["model"] == "run:one@4"
    assert "starter:base" in others.values()
    assert "starter:base" not in params.values()
    assert states(task, "run:one@4", "", "text")[2] is None, "nothing to stand beside"
