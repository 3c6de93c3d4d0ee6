"""Where a run stands, in words, and what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from components import resources
from components.runs import keys
from loupe.runs.queue import KILL_AFTER_S, TERMINATE_AFTER_S
from loupe.runs.state import Cause, Status, Stop
from tests.pages.runs.made_runs import HOSTILE, NOW_S, MadeRun
from tests.pages.runs.watching import buttons, by_key, click, has, items, links, said, visit
from tests.pages.visitor import markdown_in

Make = Callable[..., MadeRun]


def test_a_run_that_trains_says_its_step_and_what_is_left(make: Make) -> None:
    now_s = time.time()
    make().trained(100, time_s=now_s).machine(120, now_s).running(began_s=now_s - 60)
    at = visit("one")
    assert has(at, "Training: step 120 of 400", "left")
    assert has(at, "Last sign of life")
    assert {"Stop and save", "Stop now"} <= buttons(at)
    assert not {"Resume", "Delete for good", "Run now"} & buttons(at)


def test_before_the_first_step_the_phase_is_said(make: Make) -> None:
    now_s = time.time()
    run = make().event("started", now_s - 3, pid=1, name="one", task="text-classification")
    run.event("phase", now_s - 2, phase="reading data")
    run.machine(0, now_s, phase="reading data").running(began_s=now_s - 3)
    at = visit("one")
    assert has(at, "Reading the data")
    assert has(at, "There is no point of a curve yet")
    assert not has(at, "step 0 of")


def test_silence_is_said(make: Make) -> None:
    now_s = time.time()
    make().trained(100).machine(100, now_s - 100).running(began_s=now_s - 200)
    at = visit("one")
    assert has(at, "No sign of life since 1:4")
    assert not has(at, "Last sign of life")


def test_a_run_that_waits_says_its_place(make: Make) -> None:
    make("first").state(Status.QUEUED, order=1.0)
    make("second").state(Status.QUEUED, order=2.0)
    at = visit("second")
    assert has(at, "Waiting: place 2")
    assert {"Run now", "Cancel"} <= buttons(at)
    assert "Stop now" not in buttons(at)
    click(at, "run_now")
    assert has(at, "Waiting: place 1")
    click(at, "take_out")
    assert has(at, "Taken from the queue before it began")
    assert resources.runs().state("second").status is Status.CANCELLED
    assert resources.runs().state("first").status is Status.QUEUED


def test_stopping_says_what_happens_and_by_when(make: Make) -> None:
    run = make().trained(100).running()
    at = visit("one")
    click(at, "save")
    assert run.folder.stop.exists()
    assert has(at, "save and stop", "after the step in hand")
    assert at.button(key="runs_save").disabled
    assert not at.button(key="runs_now").disabled, "whoever cannot wait may still press harder"
    click(at, "now")
    assert has(at, "stop now", f"after {TERMINATE_AFTER_S:.0f} s")
    assert f"{KILL_AFTER_S:.0f} s" in at.button(key="runs_now").help
    assert resources.runs().state("one").stop is not None


def test_a_run_that_gives_way_says_so(make: Make) -> None:
    make().trained(100).running(stop=Stop("save", NOW_S, requeue=True))
    assert has(visit("one"), "makes way for another run")


def test_models_that_left_for_it_are_named(make: Make) -> None:
    make().trained(100).running(put_out=("gpt2", "starter:ner-en"))
    at = visit("one")
    assert has(at, "left memory", "gpt2, starter:ner-en")
    make("two").trained(100).running()
    assert not has(visit("two"), "left memory")


def test_a_failure_says_its_cause_and_is_no_markdown(make: Make) -> None:
    cause = Cause("InvalidInput", "There is no file “{path}”.", "Check it.", {"path": HOSTILE})
    make().started().state(Status.FAILED, cause=cause, ended_s=NOW_S)
    at = visit("one")
    assert has(at, f"There is no file “{HOSTILE}”.")
    assert not any(HOSTILE in text for text in markdown_in(at.main))
    assert "Resume" in buttons(at)


def test_a_cause_that_its_parameters_do_not_fill_is_said_as_it_is(make: Make) -> None:
    cause = Cause("InvalidInput", "{gone} and {0}", "Check it.")
    make().started().state(Status.FAILED, cause=cause)
    assert has(visit("one"), "{gone} and {0}")


def test_why_a_run_cannot_be_resumed_stands_where_the_button_would(make: Make) -> None:
    cause = Cause("NonFiniteLoss", "It ran off.", "Lower the learning rate.")
    make().trained(100).state(Status.FAILED, cause=cause)
    at = visit("one")
    assert "Resume" not in buttons(at)
    assert has(at, "ran off: from its last checkpoint")


def test_a_stopped_run_is_resumed(make: Make) -> None:
    make().trained(100).event("stopped", step=100).state(Status.STOPPED, ended_s=NOW_S)
    at = visit("one")
    assert has(at, "Stopped at step 100 of 400")
    click(at, "resume")
    assert resources.runs().state("one").status is Status.QUEUED
    assert has(at, "Waiting: place 1")
    assert "Resume" not in buttons(at)


def test_again_with_changes_opens_the_form_with_its_settings(make: Make) -> None:
    make().finished().state(Status.FINISHED)
    found = [query for page, query in links(visit("one")) if page.endswith("fine_tune")]
    assert found == ["like=one"]


def test_deleting_says_what_it_frees_and_leaves_the_others(make: Make) -> None:
    run = make().finished().state(Status.FINISHED)
    (run.folder.path / "large").write_bytes(b"x" * 3_000_000)
    make("two").finished().state(Status.FINISHED)
    at = visit("one")
    assert has(at, "frees 3.0 MB")
    click(at, "delete")
    assert not run.folder.path.exists()
    assert list(items(at)) == ["two"]
    assert at.query_params[keys.RUN] == "two"
    assert not has(at, "no run")


def test_a_run_that_lives_cannot_be_deleted(make: Make) -> None:
    make().trained(100).running()
    at = visit("one")
    assert by_key(at, "runs_delete") is None


def test_a_click_that_comes_too_late_is_refused_in_words(make: Make) -> None:
    run = make().state(Status.QUEUED)
    at = visit("one")
    run.running()  # the training thread takes it between two clicks
    click(at, "take_out")
    assert has(at, "trains already")
    assert resources.runs().state("one").status is Status.RUNNING


@pytest.mark.parametrize("status", [Status.FINISHED, Status.FAILED, Status.STOPPED])
def test_an_ended_run_does_not_tick(make: Make, status: Status) -> None:
    make().finished().state(status)
    at = visit("one")
    assert not any("sign of life" in sentence for sentence in said(at))
