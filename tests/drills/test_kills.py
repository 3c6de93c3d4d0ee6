"""Whatever is killed, nothing is lost: the steps that are recorded are the steps that were done."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from dataclasses import replace

from loupe.runs.state import Status
from loupe.runs.store import RunStore
from tests.drills.conftest import (
    assert_nothing_lost,
    ends_as,
    events_of,
    step_of,
    trains_beyond,
    until,
)

# One after the other: each starts processes that want a core of their own.

STEPS = 150


def kill(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    process.wait()


def kill_worker(store: RunStore, run_id: str) -> int:
    """The run's own process, at once; its pid."""
    process = store.state(run_id).process
    assert process is not None
    assert process.signal_group(signal.SIGKILL)
    until(lambda: not process.is_alive(), "the end of the process")
    return process.pid


def test_a_killed_server_leaves_its_run_going_and_the_next_one_takes_it_up(
    store, start_server, make_spec
):
    server = start_server()
    store.submit(make_spec(steps=STEPS), token="a")
    trains_beyond(store, "run", 5)
    process = store.state("run").process
    kill(server)
    before = step_of(store.folder("run"))
    trains_beyond(store, "run", before)
    assert process.is_alive(), "nobody watches it, and it goes on"
    start_server()
    ends_as(store, "run", Status.FINISHED)
    state = store.state("run")
    assert (state.process, state.attempts) == (process, 1), "it was taken up, not begun again"
    assert len(events_of(store.folder("run"), "started")) == 1
    assert_nothing_lost(store, "run", STEPS)


def test_a_killed_run_says_so_and_goes_on_when_it_is_asked(store, start_server, make_spec):
    start_server()
    store.submit(make_spec(steps=STEPS), token="a")
    trains_beyond(store, "run", 12)
    kill_worker(store, "run")
    ends_as(store, "run", Status.FAILED)
    cause = store.state("run").cause
    assert (cause.error, cause.signal) == ("Killed", signal.SIGKILL)
    assert store.folder("run").read_finished() is None
    store.resume("run")
    ends_as(store, "run", Status.FINISHED)
    (resumed,) = events_of(store.folder("run"), "resumed")
    assert resumed["step"] >= 10
    assert_nothing_lost(store, "run", STEPS)


def test_when_server_and_run_are_killed_the_next_server_knows_it(store, start_server, make_spec):
    server = start_server()
    store.submit(make_spec(steps=STEPS), token="a")
    store.submit(make_spec("next", steps=10), token="b")
    trains_beyond(store, "run", 12)
    kill(server)
    kill_worker(store, "run")
    assert store.state("run").status is Status.RUNNING, "nobody is left to notice"
    start_server()
    ends_as(store, "run", Status.FAILED)
    assert store.state("run").cause.error == "Vanished"
    store.resume("run")
    ends_as(store, "run", Status.FINISHED)
    assert_nothing_lost(store, "run", STEPS)
    ends_as(store, "next", Status.FINISHED)
    assert_nothing_lost(store, "next", 10)


def test_a_server_killed_between_start_and_note_finds_its_run_again(store, start_server, make_spec):
    server = start_server()
    store.submit(make_spec(steps=STEPS), token="a")
    process = until(lambda: store.state("run").process, "the process")
    kill(server)
    # As if the kill had come before the note: before the run has said anything, too.
    store.update("run", lambda state: replace(state, process=None))
    assert not events_of(store.folder("run"), "started")
    start_server()
    ends_as(store, "run", Status.FINISHED)
    state = store.state("run")
    assert (state.process.pid, state.attempts) == (process.pid, 1)
    assert_nothing_lost(store, "run", STEPS)


def test_a_disk_without_room_ends_the_run_with_its_cause_and_keeps_the_last_checkpoint(
    store, start_server, make_spec
):
    start_server()
    store.submit(make_spec(steps=STEPS), token="a")
    trains_beyond(store, "run", 12)
    folder, process = store.folder("run"), store.state("run").process
    # No file may grow beyond this: weights no longer fit, lines of text do.
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (60_000, 60_000))
    ends_as(store, "run", Status.FAILED)
    assert store.state("run").cause.error == "DiskIsFull"
    kept = folder.steps()
    assert kept
    assert not folder.partial.exists() or not list(folder.partial.glob("*/complete.json"))
    store.resume("run")  # in a new process, which has room
    ends_as(store, "run", Status.FINISHED)
    (resumed,) = events_of(folder, "resumed")
    assert resumed["step"] == kept[-1]
    assert_nothing_lost(store, "run", STEPS)


def test_a_damaged_checkpoint_is_skipped_for_the_one_before(store, start_server, make_spec):
    start_server()
    store.submit(make_spec(steps=STEPS), token="a")
    trains_beyond(store, "run", 22)
    kill_worker(store, "run")
    ends_as(store, "run", Status.FAILED)
    folder = store.folder("run")
    sound, damaged = folder.steps()[-2:]
    weights = folder.checkpoints / str(damaged) / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[len(data) // 2] ^= 0xFF
    weights.write_bytes(data)
    store.resume("run")
    ends_as(store, "run", Status.FINISHED)
    (resumed,) = events_of(folder, "resumed")
    assert (resumed["step"], resumed["skipped"]) == (sound, [damaged])
    assert_nothing_lost(store, "run", STEPS)


def test_of_two_servers_one_trains_and_the_other_takes_over(store, start_server, make_spec):
    servers = [start_server(), start_server()]
    for name in ("first", "second"):
        store.submit(make_spec(name, steps=60), token=name)
    trains_beyond(store, "first", 5)
    trainer = int((store.root / ".trainer.lock").read_text())
    killed = next(server for server in servers if server.pid == trainer)
    kill(killed)
    for name in ("first", "second"):
        ends_as(store, name, Status.FINISHED)
        assert len(events_of(store.folder(name), "started")) == 1, "each was begun once"
        assert_nothing_lost(store, name, 60)
    ended = events_of(store.folder("first"), "finished")[0]["time_s"]
    assert ended <= events_of(store.folder("second"), "started")[0]["time_s"], "never both at once"
    assert int((store.root / ".trainer.lock").read_text()) != trainer


def test_a_stop_is_heard_during_an_evaluation(store, start_server, make_spec):
    start_server()
    many = {"holdout": 0.9, "max_validation_rows": None}
    spec = make_spec(steps=STEPS, data=many, per_device_eval_batch_size=1)
    store.submit(spec, token="a")
    folder = store.folder("run")
    # Then it looks at the untrained model on all that is held out.
    until(lambda: events_of(folder, "ready"), "the first evaluation")
    store.ask_stop("run", "save")
    ends_as(store, "run", Status.STOPPED)
    assert not events_of(folder, "evaluation"), "what it was in the middle of is no result"
    store.resume("run")
    ends_as(store, "run", Status.FINISHED)
    assert_nothing_lost(store, "run", STEPS)


def test_a_run_that_hears_nothing_is_killed_at_the_deadline(store, start_server, make_spec):
    start_server()
    store.submit(make_spec(steps=STEPS), token="a")
    trains_beyond(store, "run", 12)
    process = store.state("run").process
    os.kill(process.pid, signal.SIGSTOP)  # it hears neither the file nor SIGTERM any more
    store.ask_stop("run", "now")
    # Its deadlines are half a minute: as if they had passed.
    store.update("run", lambda s: replace(s, stop=replace(s.stop, asked_s=s.stop.asked_s - 60)))
    ends_as(store, "run", Status.STOPPED)
    assert not process.is_alive()
    assert store.state("run").cause is None
    store.resume("run")
    ends_as(store, "run", Status.FINISHED)
    assert_nothing_lost(store, "run", STEPS)
