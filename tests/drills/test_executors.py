"""Stopped, run off, out of memory: the same whether a process trains or a thread."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
import torch

from loupe.data.spec import Source
from loupe.runs.queue import RunQueue
from loupe.runs.state import Status
from loupe.runs.store import RunStore
from loupe.training.losses import SummedLoss
from loupe.training.spec import RunSpec
from tests.drills.conftest import (
    assert_nothing_lost,
    ends_as,
    events_of,
    trains_beyond,
    until,
)

STEPS = 120
EXECUTORS = ("process", "thread")


@pytest.fixture
def queue(store: RunStore) -> Iterator[RunQueue]:
    made = RunQueue(store, lambda _needed: (), tick_s=0.1)
    made.start()
    yield made
    made.close(60)


@pytest.fixture(autouse=True)
def few_threads() -> None:
    torch.set_num_threads(1)


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("executor", EXECUTORS)
@pytest.mark.parametrize("how", ["save", "now"])
def test_a_stopped_run_keeps_all_its_steps_and_goes_on(store, make_spec, executor, how):
    store.submit(make_spec(steps=STEPS), token="a", executor=executor)
    trains_beyond(store, "run", 12)
    store.ask_stop("run", how)
    ends_as(store, "run", Status.STOPPED)
    folder = store.folder("run")
    (stopped,) = events_of(folder, "stopped")
    assert folder.steps()[-1] == stopped["step"], "it was saved where it stopped"
    assert not folder.stop.exists()
    store.resume("run")
    ends_as(store, "run", Status.FINISHED)
    (resumed,) = events_of(folder, "resumed")
    assert resumed["step"] == stopped["step"]
    assert_nothing_lost(store, "run", STEPS)


@pytest.mark.usefixtures("queue")
@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_run_that_runs_off_ends_with_its_cause_and_the_next_trains(store, make_spec, executor):
    wild = make_spec("wild", steps=STEPS, learning_rate=1e30, max_grad_norm=0.0, warmup_steps=0)
    store.submit(wild, token="a", executor=executor)
    store.submit(make_spec("tame", steps=10), token="b", executor=executor)
    ends_as(store, "wild", Status.FAILED)
    cause = store.state("wild").cause
    assert cause.error == "NonFiniteLoss"
    reason = store.why_no_resume("wild")
    assert reason is not None
    losses = [event["loss_nats"] for event in events_of(store.folder("wild"), "loss")]
    assert losses, "the steps before it are on record"
    assert 0.0 not in losses, "and none of them pretends to be perfect"
    ends_as(store, "tame", Status.FINISHED)
    assert_nothing_lost(store, "tame", 10)


def too_large(make_spec: Any, root: Path) -> RunSpec:
    """A run whose one batch needs some gigabytes."""
    rows = [{"text": "a b c d e f g h " * 7, "label": "ab"[i % 2]} for i in range(4000)]
    (root / "many.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    data = {"train": (Source(path="many.jsonl"),), "holdout": 0.0}
    spec: RunSpec = make_spec(steps=STEPS, data=data, per_device_train_batch_size=4000)
    return spec.model_copy(update={"max_length": 60})


@pytest.mark.usefixtures("queue")
def test_a_process_without_memory_ends_with_its_cause(store, make_spec, root):
    store.submit(too_large(make_spec, root), token="a")
    process = until(lambda: store.state("run").process, "the process")
    until(lambda: events_of(store.folder("run"), "phase"), "the imports' end")
    # No more than it has, and some for its data.
    room = psutil.Process(process.pid).memory_info().vms + (200 << 20)
    resource.prlimit(process.pid, resource.RLIMIT_AS, (room, room))
    ends_as(store, "run", Status.FAILED)
    cause = store.state("run").cause
    assert cause.error == "OutOfMemory"
    assert "per_device_train_batch_size" in cause.remedy
    assert store.why_no_resume("run") is None, "with other programs closed it may well fit"


@pytest.mark.usefixtures("queue")
def test_a_thread_without_memory_ends_with_its_cause_and_the_server_lives(
    store, make_spec, monkeypatch
):
    fails = {"at": 7, "calls": 0}
    sound = SummedLoss.__call__

    def without_memory(self: SummedLoss, *args: Any, **named: Any) -> torch.Tensor:
        fails["calls"] += 1
        if fails["calls"] == fails["at"]:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB.")
        return sound(self, *args, **named)

    monkeypatch.setattr(SummedLoss, "__call__", without_memory)
    store.submit(make_spec(steps=STEPS), token="a", executor="thread")
    ends_as(store, "run", Status.FAILED)
    assert store.state("run").cause.error == "OutOfMemory"
    folder = store.folder("run")
    recorded = [event["step"] for event in events_of(folder, "loss")]
    assert recorded == list(range(1, 7)), "each step before it stands there, and none after it"
    store.resume("run")
    ends_as(store, "run", Status.FINISHED)
    assert_nothing_lost(store, "run", STEPS)


def test_a_server_that_ends_saves_the_run_in_its_thread_for_the_next(store, make_spec):
    queue = RunQueue(store, lambda _needed: (), tick_s=0.1)
    queue.start()
    store.submit(make_spec(steps=STEPS), token="a", executor="thread")
    trains_beyond(store, "run", 12)
    assert queue.close(60)
    state = store.state("run")
    assert state.status is Status.QUEUED, "it waits for the next server"
    stopped = events_of(store.folder("run"), "stopped")[-1]
    assert store.folder("run").steps()[-1] == stopped["step"]
    following = RunQueue(store, lambda _needed: (), tick_s=0.1)
    following.start()
    try:
        ends_as(store, "run", Status.FINISHED)
    finally:
        assert following.close(60)
    assert_nothing_lost(store, "run", STEPS)


def test_a_server_that_ends_leaves_the_run_in_its_process_going(store, make_spec):
    queue = RunQueue(store, lambda _needed: (), tick_s=0.1)
    queue.start()
    store.submit(make_spec(steps=STEPS), token="a")
    trains_beyond(store, "run", 5)
    assert queue.close(10)
    state = store.state("run")
    assert state.status is Status.RUNNING
    assert state.process.is_alive()
    following = RunQueue(store, lambda _needed: (), tick_s=0.1)
    following.start()
    try:
        ends_as(store, "run", Status.FINISHED)
    finally:
        assert following.close(10)
        # Its parent lives on here, unlike a server that ends: it has to hear of the child's end.
        psutil.Process(state.process.pid).wait(10)
    assert_nothing_lost(store, "run", STEPS)


@pytest.mark.usefixtures("queue")
def test_one_that_gives_way_is_saved_and_goes_on_after_the_other(store, make_spec):
    store.submit(make_spec("patient", steps=STEPS), token="a", executor="thread")
    trains_beyond(store, "patient", 8)
    store.submit(make_spec("urgent", steps=10), token="b", executor="thread")
    store.run_now("urgent")
    ends_as(store, "urgent", Status.FINISHED)
    assert not store.state("patient").has_ended
    ends_as(store, "patient", Status.FINISHED)
    assert_nothing_lost(store, "patient", STEPS)
    began = events_of(store.folder("urgent"), "started")[0]["time_s"]
    assert events_of(store.folder("patient"), "stopped")[0]["time_s"] <= began


@pytest.mark.usefixtures("queue")
def test_a_thread_stuck_in_python_is_stopped_by_force(store, make_spec, monkeypatch):
    sound = SummedLoss.__call__
    calls = []

    def stuck(self: SummedLoss, *args: Any, **named: Any) -> torch.Tensor:
        calls.append(1)
        while len(calls) == 8:  # the eighth step never ends
            time.sleep(0.01)
        return sound(self, *args, **named)

    monkeypatch.setattr(SummedLoss, "__call__", stuck)
    store.submit(make_spec(steps=STEPS), token="a", executor="thread")
    until(lambda: len(calls) == 8, "the step that never ends")
    store.ask_stop("run", "now")
    store.update("run", lambda s: replace(s, stop=replace(s.stop, asked_s=s.stop.asked_s - 60)))
    ends_as(store, "run", Status.STOPPED)
    calls.append(1)
    store.resume("run")
    ends_as(store, "run", Status.FINISHED)
    assert_nothing_lost(store, "run", STEPS)
