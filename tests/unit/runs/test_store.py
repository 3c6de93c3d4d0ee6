"""What may be asked of the runs on a machine, and that nothing is lost by asking."""

from __future__ import annotations

import json
import shutil
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from loupe.errors import CheckpointNotFound, InvalidInput
from loupe.runs.__main__ import main
from loupe.runs.errors import CannotResume, NoSuchRun
from loupe.runs.index import INDEX_NAME
from loupe.runs.process import ProcessId
from loupe.runs.state import Cause, RunState, Stage, Status, Stop, read_state, write_state
from loupe.runs.store import RunStore
from loupe.training.errors import RunIsBusy
from loupe.training.events import EventWriter
from loupe.training.spec import RunSpec


def waiting(store: RunStore) -> list[str]:
    return [run.id for run in store.queue()]


def set_status(store: RunStore, run_id: str, status: Status, **more: Any) -> None:
    store.update(run_id, lambda state: replace(state, status=status, **more))


def test_a_submitted_run_waits_with_all_that_was_asked(store, make_spec):
    spec = make_spec("first")
    run_id = store.submit(spec, token="click", executor="thread")
    assert run_id == "first"
    assert RunSpec.read(store.folder(run_id).spec) == spec
    state = store.state(run_id)
    assert (state.status, state.executor, state.attempts) == (Status.QUEUED, "thread", 0)
    assert store.summary(run_id).status is Status.QUEUED
    assert store.report(run_id) is None
    assert not [path for path in store.root.iterdir() if path.name.startswith(".new")]


def test_what_preflight_found_is_kept_with_the_run(store, make_spec):
    class Report:
        peak_bytes = 123

        def to_dict(self) -> dict[str, Any]:
            return {"schema_version": 1, "peak_bytes": 123}

    run_id = store.submit(make_spec(), token="a", report=Report())
    assert store.state(run_id).needs_bytes == 123
    assert store.report(run_id) == {"schema_version": 1, "peak_bytes": 123}


def test_a_double_click_is_one_run(store, make_spec):
    spec = make_spec()
    with ThreadPoolExecutor(8) as threads:
        ids = set(threads.map(lambda _: store.submit(spec, token="the same"), range(16)))
    assert ids == {"run"}
    assert len(store.list()) == 1
    assert store.submit(spec, token="another") == "run-2", "a second click later is a second run"


def test_two_servers_that_submit_at_once_make_two_runs(places, make_spec):
    stores = [RunStore(places), RunStore(places)]
    barrier = threading.Barrier(2)

    def submit(number: int) -> str:
        barrier.wait()
        return stores[number].submit(make_spec(), token=str(number))

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(submit, range(2))) == ["run", "run-2"]


def test_names_that_differ_in_case_alone_get_folders_of_their_own(store, make_spec):
    assert [store.submit(make_spec(n), token=n) for n in ("Spam", "spam")] == ["Spam", "spam-2"]


def test_an_unknown_executor_is_refused_and_makes_no_run(store, make_spec):
    with pytest.raises(InvalidInput, match="ray"):
        store.submit(make_spec(), token="a", executor="ray")
    assert store.list() == ()


def test_the_queue_keeps_the_order_of_submission_until_somebody_moves_one(store, make_spec):
    for name in "abcd":
        store.submit(make_spec(name), token=name)
    assert waiting(store) == ["a", "b", "c", "d"]
    store.move("c", "up")
    assert waiting(store) == ["a", "c", "b", "d"]
    store.move("a", "down")
    assert waiting(store) == ["c", "a", "b", "d"]
    store.move("d", "first")
    assert waiting(store) == ["d", "c", "a", "b"]
    store.move("d", "last")
    assert waiting(store) == ["c", "a", "b", "d"]
    store.move("c", "up")
    store.move("d", "down")
    assert waiting(store) == ["c", "a", "b", "d"], "the first goes no further up, nor the last down"


def test_a_cancelled_run_leaves_the_queue_and_can_be_put_back_behind_the_others(store, make_spec):
    for name in "ab":
        store.submit(make_spec(name), token=name)
    store.cancel("a")
    assert store.state("a").status is Status.CANCELLED
    assert waiting(store) == ["b"]
    store.resume("a")
    assert waiting(store) == ["b", "a"]


def test_a_run_that_trains_cannot_be_cancelled_only_stopped(store, make_spec):
    store.submit(make_spec(), token="a")
    set_status(store, "run", Status.RUNNING)
    with pytest.raises(RunIsBusy):
        store.cancel("run")
    assert store.state("run").status is Status.RUNNING
    store.ask_stop("run", "save")
    assert store.folder("run").stop.exists()
    asked = store.state("run").stop
    assert asked is not None
    assert asked.how == "save"
    store.ask_stop("run", "now")
    store.ask_stop("run", "save")
    stronger = store.state("run").stop
    assert stronger is not None
    assert stronger.how == "now", "who wants it to end at once is not held up by who asks gently"


def test_run_now_goes_first_and_the_running_one_waits_behind_it(store, make_spec):
    for name in "abc":
        store.submit(make_spec(name), token=name)
    set_status(store, "a", Status.RUNNING)
    store.run_now("c")
    assert waiting(store) == ["c", "b"]
    asked = store.state("a").stop
    assert asked is not None
    assert asked.requeue
    assert asked.how == "save"


def test_a_run_that_somebody_stops_is_not_put_back_by_one_who_wants_its_place(store, make_spec):
    for name in "ab":
        store.submit(make_spec(name), token=name)
    set_status(store, "a", Status.RUNNING)
    store.ask_stop("a", "save")
    store.run_now("b")
    stop = store.state("a").stop
    assert stop is not None
    assert not stop.requeue
    set_status(store, "a", Status.RUNNING, stop=None)
    store.run_now("b")
    assert store.state("a").stop.requeue, "one that only gives way goes on afterwards"
    store.ask_stop("a", "save")
    assert not store.state("a").stop.requeue, "and a stop that comes later is for good"


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING, Status.FINISHED])
def test_what_cannot_go_on_says_why(store, make_spec, status):
    store.submit(make_spec(), token="a")
    set_status(store, "run", status)
    assert isinstance(store.why_no_resume("run"), CannotResume)
    with pytest.raises(CannotResume):
        store.resume("run")
    assert store.state("run").status is status


def test_a_run_that_ran_off_is_not_offered_to_run_off_again(store, make_spec):
    store.submit(make_spec(), token="a")
    set_status(store, "run", Status.FAILED, cause=Cause("NonFiniteLoss", "It ran off.", "Slower."))
    reason = store.why_no_resume("run")
    assert reason is not None
    assert "learning rate" in str(reason)
    set_status(store, "run", Status.FAILED, cause=Cause("UnfitModel", "No pad token.", "Add it."))
    reason = store.why_no_resume("run")
    assert reason is not None
    assert "other settings" in str(reason)
    set_status(store, "run", Status.FAILED, cause=Cause("Killed", "It was killed.", "Resume."))
    assert store.why_no_resume("run") is None


def test_a_run_whose_checkpoint_is_gone_says_so_instead_of_failing_later(store, make_spec):
    spec = make_spec()
    gone = spec.model.model_copy(update={"checkpoint": spec.model.checkpoint + "-gone"})
    store.submit(spec.model_copy(update={"model": gone}), token="a")
    store.cancel("run")
    assert isinstance(store.why_no_resume("run"), CheckpointNotFound)
    with pytest.raises(CheckpointNotFound):
        store.resume("run")


def test_deleting_frees_what_it_says_and_leaves_the_others(store, make_spec):
    for name in "ab":
        store.submit(make_spec(name), token=name)
    with pytest.raises(RunIsBusy):
        store.delete("a")
    store.cancel("a")
    (store.folder("a").path / "weights").write_bytes(b"0" * 5000)
    assert store.delete("a") > 5000
    assert [run.id for run in store.list()] == ["b"]
    assert not [path for path in store.root.iterdir() if path.name.startswith(".deleted")]
    with pytest.raises(NoSuchRun):
        store.state("a")


@pytest.mark.parametrize("name", ["../outside", "", ".", "/etc", ".trainer.lock", "a/b"])
def test_a_name_leads_nowhere_but_to_a_run(store, make_spec, name):
    store.submit(make_spec(), token="a")
    with pytest.raises(NoSuchRun):
        store.delete(name)
    assert len(store.list()) == 1


def test_the_index_is_made_again_from_the_folders(store, make_spec, monkeypatch, capsys):
    for name in "ab":
        store.submit(make_spec(name), token=name)
    before = store.list()
    (store.root / INDEX_NAME).write_bytes(b"no database" * 1000)
    assert store.list() == before, "a broken index is made again by whoever meets it"
    (store.root / INDEX_NAME).unlink()
    monkeypatch.setenv("LOUPE_HOME", str(store.places.state))
    assert main(["reindex"]) == 0
    assert "2 runs" in capsys.readouterr().out
    assert store.list() == before
    assert main(["list"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"{run.id}\ttext-classification\tqueued" for run in before
    ]
    assert main([]) == 2


def test_an_index_of_another_version_is_made_again(store, make_spec):
    store.submit(make_spec(), token="a")
    before = store.list()
    with sqlite3.connect(store.root / INDEX_NAME) as database:
        database.execute("ALTER TABLE runs RENAME COLUMN summary TO told")
        database.execute("PRAGMA user_version = 99")
    database.close()
    assert store.list() == before


def test_the_index_follows_what_others_do_to_the_folders(store, make_spec):
    for name in "ab":
        store.submit(make_spec(name), token=name)
    assert len(store.list()) == 2
    shutil.rmtree(store.root / "a")
    assert [run.id for run in store.list()] == ["b"]
    state = store.state("b")
    write_state(store.root / "b", replace(state, status=Status.FAILED))
    assert store.list()[0].status is Status.FAILED
    with EventWriter(store.folder("b").events) as events:
        events("ready", total_steps=10, best_metric="accuracy")
        events("evaluation", step=0, metrics={"accuracy": 0.5}, elapsed_s=1.0)
        events("loss", step=5, loss_nats=1.0, remaining_s=3.0)
        events("evaluation", step=5, metrics={"accuracy": 0.75}, elapsed_s=2.0)
    run = store.list()[0]
    assert (run.step, run.total_steps, run.share, run.remaining_s) == (5, 10, 0.5, 3.0)
    assert (run.metric, run.before, run.after) == ("accuracy", 0.5, 0.75)


def test_a_long_runs_list_entry_is_read_from_both_ends_of_its_events(store, make_spec):
    store.submit(make_spec(), token="a")
    with EventWriter(store.folder("run").events) as events:
        events("ready", total_steps=9000, best_metric="accuracy")
        events("evaluation", step=0, metrics={"accuracy": 0.5}, elapsed_s=1.0)
        for step in range(1, 3001):
            events("loss", step=step, loss_nats=1.0, remaining_s=1.0, learning_rate=1e-5)
    assert store.folder("run").events.stat().st_size > 300_000
    run = store.summary("run")
    assert (run.step, run.total_steps, run.before) == (3000, 9000, 0.5)


def test_a_run_that_was_trained_from_a_shell_is_listed_as_it_ended(store, make_spec):
    folder = store.root / "by-hand"
    folder.mkdir(parents=True)
    (folder / "run.yaml").write_text(make_spec().to_yaml(), "utf-8")
    assert store.summary("by-hand").status is Status.CANCELLED, "never begun: it can be queued"
    own = ProcessId.own()
    with EventWriter(folder / "events.jsonl") as events:
        events("started", pid=own.pid, process_started_s=own.started_s, name="n", task="t")
    assert store.summary("by-hand").status is Status.RUNNING
    with EventWriter(folder / "events.jsonl") as events:
        events("stopped", step=3)
    assert store.summary("by-hand").status is Status.STOPPED
    store.resume("by-hand")
    assert waiting(store) == ["by-hand"]


def test_a_state_is_read_as_it_was_written(tmp_path):
    state = RunState(
        Status.RUNNING,
        submitted_s=1.0,
        order=2.0,
        token="t",
        process=ProcessId(7, 3.5),
        attempts=2,
        events_from=10,
        stop=Stop("now", 4.0, Stage.TERMINATED, requeue=True),
        cause=Cause("Killed", "m", "r", {"signal": 9}, "d", 9, -9),
        needs_bytes=5,
        put_out=("a", "b"),
        began_s=1.5,
    )
    write_state(tmp_path, state)
    assert read_state(tmp_path) == state
    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def test_a_state_of_version_1_still_opens_and_of_another_is_not_guessed_at(tmp_path):
    version_1 = {"schema_version": 1, "status": "queued", "submitted_s": 5.0}
    (tmp_path / "state.json").write_text(json.dumps(version_1), "utf-8")
    assert read_state(tmp_path) == RunState(Status.QUEUED, submitted_s=5.0)
    (tmp_path / "state.json").write_text(json.dumps({**version_1, "schema_version": 2}), "utf-8")
    assert read_state(tmp_path) is None
    (tmp_path / "state.json").write_text("{", "utf-8")
    assert read_state(tmp_path) is None
