"""The training thread, turn by turn, with a place to compute that does what a test says."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from loupe.runs.executors import Force, Standing
from loupe.runs.process import ProcessId
from loupe.runs.queue import RunQueue
from loupe.runs.state import Stage, Status
from loupe.runs.store import RunStore
from loupe.training.events import EventWriter
from loupe.training.run_folder import RunFolder

GIB = 1 << 30


@dataclass
class Puppet:
    """An executor whose runs end when a test ends them."""

    begun: list[str] = field(default_factory=list)
    resumed: list[str] = field(default_factory=list)
    forces: list[Force] = field(default_factory=list)
    ended: dict[int, int | None] = field(default_factory=dict)
    can_kill: bool = True
    refuses: bool = False

    def submit(self, run: RunFolder) -> ProcessId:
        if self.refuses:
            raise OSError("no more processes")
        self.begun.append(run.id)
        return ProcessId(len(self.begun), 1.0)

    def resume(self, run: RunFolder) -> ProcessId:
        self.resumed.append(run.id)
        return self.submit(run)

    def status(self, run: RunFolder, process: ProcessId) -> Standing:
        return Standing(process.pid not in self.ended, self.ended.get(process.pid))

    def stop(self, run: RunFolder, process: ProcessId, force: Force) -> bool:
        self.forces.append(force)
        if force is Force.ASK:
            run.stop.touch()
        return force is not Force.KILL or self.can_kill

    def logs(self, run: RunFolder, lines: int) -> list[str]:
        return []

    def close(self, timeout_s: float) -> bool:
        return True

    def end(self, store: RunStore, run_id: str, *events: tuple[str, dict[str, Any]]) -> None:
        """The run's process says these events and is gone."""
        with EventWriter(store.folder(run_id).events) as say:
            for name, fields in events:
                say(name, **fields)
        process = store.state(run_id).process
        assert process is not None
        self.ended[process.pid] = 0 if events else None


@pytest.fixture
def puppet() -> Puppet:
    return Puppet()


@pytest.fixture
def asked_room() -> list[int]:
    return []


@pytest.fixture
def queue(store: RunStore, puppet: Puppet, asked_room: list[int]) -> Iterator[RunQueue]:
    def make_room(needed: int) -> tuple[str, ...]:
        asked_room.append(needed)
        return ("a model",)

    made = RunQueue(store, make_room, executors={"process": puppet})
    yield made
    made.close(1)


def submit(store: RunStore, make_spec: Any, names: str) -> None:
    for name in names:
        store.submit(make_spec(name), token=name)


FAILED: tuple[str, dict[str, Any]] = (
    "failed",
    {"error": "InvalidInput", "message": "m", "remedy": "r", "params": {}, "detail": None},
)


def test_one_run_trains_at_a_time_in_the_order_of_the_queue(store, queue, puppet, make_spec):
    submit(store, make_spec, "ab")
    queue.tick()
    queue.tick()
    assert puppet.begun == ["a"]
    assert store.running().id == "a"
    store.folder("a").write_finished({"best_step": 1})
    puppet.end(store, "a", ("finished", {"step": 6, "best_step": 1}))
    queue.tick()
    assert store.state("a").status is Status.FINISHED
    assert puppet.begun == ["a", "b"]


def test_the_queue_goes_on_after_a_failure_and_keeps_its_reason(store, queue, puppet, make_spec):
    submit(store, make_spec, "ab")
    queue.tick()
    puppet.end(store, "a", FAILED)
    queue.tick()
    state = store.state("a")
    assert state.status is Status.FAILED
    assert state.cause is not None
    assert (state.cause.error, state.cause.message) == ("InvalidInput", "m")
    assert store.running().id == "b"


def test_a_process_that_is_gone_without_a_word_is_named_as_killed(store, queue, puppet, make_spec):
    submit(store, make_spec, "ab")
    queue.tick()
    process = store.state("a").process
    puppet.ended[process.pid] = -9
    queue.tick()
    cause = store.state("a").cause
    assert (cause.error, cause.signal) == ("Killed", 9)
    assert store.why_no_resume("a") is None
    puppet.ended[store.state("b").process.pid] = None  # an adopted one: nobody heard its code
    queue.tick()
    cause = store.state("b").cause
    assert (cause.error, cause.signal) == ("Vanished", None)


def test_a_full_disk_is_named_where_the_run_could_not_say_it(
    store, queue, puppet, make_spec, monkeypatch
):
    submit(store, make_spec, "a")
    queue.tick()
    puppet.ended[store.state("a").process.pid] = 1
    usage = shutil.disk_usage(store.root)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=0))
    queue.tick()
    assert store.state("a").cause.error == "DiskIsFull"


def test_what_an_earlier_attempt_said_does_not_end_a_later_one(store, queue, puppet, make_spec):
    submit(store, make_spec, "a")
    queue.tick()
    puppet.end(store, "a", ("stopped", {"step": 3}))
    queue.tick()
    assert store.state("a").status is Status.STOPPED
    store.resume("a")
    queue.tick()
    assert puppet.resumed == ["a"]
    puppet.ended[store.state("a").process.pid] = -9
    queue.tick()
    assert store.state("a").status is Status.FAILED, "the old “stopped” says nothing of this one"


def test_a_claim_that_nobody_works_on_goes_back_into_the_queue(store, queue, puppet, make_spec):
    submit(store, make_spec, "a")
    puppet.refuses = True
    store.update("a", lambda state: queue._claim(state, 0))  # and then the server was killed
    assert store.state("a").status is Status.RUNNING
    puppet.refuses = False
    queue.tick()
    assert store.running().id == "a"
    assert puppet.begun == ["a"]


def test_a_run_whose_server_died_before_noting_its_process_is_found_by_its_events(
    store, queue, puppet, make_spec
):
    submit(store, make_spec, "a")
    store.update("a", lambda state: queue._claim(state, 0))
    with EventWriter(store.folder("a").events) as say:
        say("started", pid=77, process_started_s=1.0, name="a", task="t")
    queue.tick()
    assert store.state("a").process == ProcessId(77, 1.0)
    assert puppet.begun == [], "it is trained already"


def test_saving_waits_as_long_as_it_takes(store, queue, puppet, make_spec, clock):
    submit(store, make_spec, "a")
    queue.tick()
    store.ask_stop("a", "save")
    clock.now_s += 3600
    queue.tick()
    assert puppet.forces == []
    puppet.end(store, "a", ("stopped", {"step": 3}))
    queue.tick()
    assert store.state("a").status is Status.STOPPED
    assert store.state("a").stop is None


def test_stop_now_asks_then_terminates_then_kills_each_at_its_deadline(
    store, queue, puppet, make_spec, clock
):
    submit(store, make_spec, "a")
    queue.tick()
    store.ask_stop("a", "now")
    queue.tick()
    assert puppet.forces == []
    clock.now_s += 10
    queue.tick()
    queue.tick()
    assert puppet.forces == [Force.TERMINATE]
    clock.now_s += 9
    queue.tick()
    assert puppet.forces == [Force.TERMINATE]
    clock.now_s += 1
    queue.tick()
    assert puppet.forces == [Force.TERMINATE, Force.KILL]
    assert store.state("a").stop.stage is Stage.KILLED
    puppet.ended[store.state("a").process.pid] = -9
    queue.tick()
    assert store.state("a").status is Status.STOPPED, "somebody wanted it: it has not failed"
    assert store.state("a").cause is None


def test_what_cannot_be_killed_is_not_said_to_be(store, queue, puppet, make_spec, clock):
    puppet.can_kill = False
    submit(store, make_spec, "a")
    queue.tick()
    store.ask_stop("a", "now")
    for _ in range(4):
        clock.now_s += 30
        queue.tick()
    assert store.state("a").stop.stage is Stage.TERMINATED
    assert store.state("a").status is Status.RUNNING


def test_a_stop_that_the_starting_process_took_for_an_old_one_is_asked_again(
    store, queue, make_spec
):
    submit(store, make_spec, "a")
    queue.tick()
    store.ask_stop("a", "save")
    store.folder("a").stop.unlink()  # as a process does at its start
    queue.tick()
    assert store.folder("a").stop.exists()
    with EventWriter(store.folder("a").events) as say:
        say("stopped", step=1)
    store.folder("a").stop.unlink()  # obeyed
    queue.tick()
    assert not store.folder("a").stop.exists()


def test_a_run_that_gives_way_goes_on_right_after_the_other(store, queue, puppet, make_spec):
    submit(store, make_spec, "abc")
    queue.tick()
    store.run_now("c")
    puppet.end(store, "a", ("stopped", {"step": 3}))
    queue.tick()
    assert store.running().id == "c"
    assert [run.id for run in store.queue()] == ["a", "b"]
    puppet.end(store, "c", ("stopped", {"step": 3}))
    queue.tick()
    assert puppet.resumed == ["a"]


def test_models_leave_memory_for_a_run_that_needs_it_and_are_named(
    store, queue, puppet, make_spec, asked_room
):
    class Report:
        peak_bytes = GIB

        def to_dict(self) -> dict[str, Any]:
            return {}

    store.submit(make_spec("big"), token="b", report=Report())
    store.submit(make_spec("unmeasured"), token="u")
    queue.tick()
    assert asked_room == [GIB]
    assert store.state("big").put_out == ("a model",)
    puppet.end(store, "big", ("stopped", {"step": 1}))
    queue.tick()
    assert asked_room == [GIB]
    assert store.state("unmeasured").put_out == ()


def test_a_run_that_cannot_be_started_says_so_and_the_next_is_tried(
    store, queue, puppet, make_spec
):
    submit(store, make_spec, "ab")
    puppet.refuses = True
    queue.tick()
    state = store.state("a")
    assert state.status is Status.FAILED
    assert "no more processes" in state.cause.detail
    puppet.refuses = False
    queue.tick()
    assert store.running().id == "b"


def test_of_two_servers_on_one_store_one_trains_and_the_other_takes_over(store):
    first, second = (RunQueue(store, lambda _: (), executors={"process": Puppet()}) for _ in "ab")
    assert first._holds_lock()
    assert not second._holds_lock()
    assert (first.trains, second.trains) == (True, False)
    first.close(1)
    assert second._holds_lock()
    second.close(1)


def test_a_run_that_stumbles_does_not_end_the_thread(store, puppet, caplog):
    queue = RunQueue(store, lambda _: (), executors={"process": puppet}, tick_s=0.01)
    queue.tick = lambda: 1 / 0  # type: ignore[method-assign, assignment]
    queue.start()
    try:
        assert _within(5, lambda: len(caplog.records) > 2)
        assert queue._thread.is_alive()
    finally:
        assert queue.close(5)
    assert not queue._thread.is_alive()


def _within(seconds: float, condition: Any) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False
