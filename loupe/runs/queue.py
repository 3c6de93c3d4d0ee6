"""The training thread: one run at a time, in the order of the queue, on this machine's accelerator.

It acts on what the folders say, and what it does it writes there first; so whoever takes its place
after a kill goes on where it was. Of several servers on one store, one trains: the one that holds
the trainer's lock.
"""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import IO

from loupe.runs.executors import EXECUTORS, Executor, Force, ProcessExecutor
from loupe.runs.process import ProcessId, find_trainer
from loupe.runs.state import Cause, RunState, Stage, Status, Stop
from loupe.runs.store import RunStore
from loupe.runs.summary import RunSummary, ending, process_of
from loupe.training.events import read_events
from loupe.training.run_folder import RunFolder

_LOG = logging.getLogger(__name__)

TICK_S = 0.5
# How long "stop now" waits before it tells the process, and then before it kills it.
TERMINATE_AFTER_S = 10.0
KILL_AFTER_S = 20.0
# Less than this is a full disk: a checkpoint's smallest file is larger.
_FULL_BELOW_BYTES = 1 << 20
_LOCK_NAME = ".trainer.lock"

# Makes room for so many bytes on the accelerator; the names of the models that left.
MakeRoom = Callable[[int], tuple[str, ...]]


class RunQueue:
    """Trains what the store's queue holds, until it is closed."""

    def __init__(
        self,
        store: RunStore,
        make_room: MakeRoom,
        *,
        executors: Mapping[str, Executor] | None = None,
        tick_s: float = TICK_S,
        terminate_after_s: float = TERMINATE_AFTER_S,
        kill_after_s: float = KILL_AFTER_S,
    ) -> None:
        self.store = store
        self._make_room = make_room
        self._executors = executors or {
            name: make(store.places) for name, make in EXECUTORS.items()
        }
        self._tick_s = tick_s
        self._terminate_after_s, self._kill_after_s = terminate_after_s, kill_after_s
        self._closing = threading.Event()
        self._lock_file: IO[str] | None = None
        self._thread = threading.Thread(target=self._main, name="loupe-training-queue", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def trains(self) -> bool:
        """Whether this is the server, of those that share the store, whose thread trains."""
        return self._lock_file is not None

    def close(self, timeout_s: float) -> bool:
        """End the thread. Runs in processes go on; one in this process is saved, and waits for the
        next server. Whether all ended in time.
        """
        self._closing.set()
        with self.store.changed:
            self.store.changed.notify_all()
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        if self.trains:
            self._leave_own_threads()
        ended = [executor.close(timeout_s) for executor in self._executors.values()]
        if self.trains and all(ended):
            self._follow_running()
        self._let_go()
        return all(ended)

    def _leave_own_threads(self) -> None:
        for run in self._running():
            state = self.store.state(run.id)
            if state.process == ProcessId.own():
                self.store.update(run.id, self._give_way)
                self.store.folder(run.id).stop.touch()

    def _give_way(self, state: RunState) -> RunState:
        return replace(state, stop=Stop("save", self.store.now(), requeue=True))

    def _main(self) -> None:
        while not self._closing.is_set():
            try:
                if self._holds_lock():
                    self.tick()
            except Exception:
                # The thread is the only one there is: whatever happened, it goes on.
                _LOG.exception("The training thread stumbled.")
            with self.store.changed:
                if not self._closing.is_set():
                    self.store.changed.wait(self._tick_s)

    def _holds_lock(self) -> bool:
        """Be the one server that trains; tried anew at each turn, for the other may end."""
        if self._lock_file is not None:
            return True
        self.store.root.mkdir(parents=True, exist_ok=True)
        file = (self.store.root / _LOCK_NAME).open("a+")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return False
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._lock_file = file
        return True

    def _let_go(self) -> None:
        if self._lock_file is not None:
            self._lock_file.close()
            self._lock_file = None

    def tick(self) -> None:
        """Look after what trains; where nothing does, begin the next."""
        if self._follow_running():
            return
        waiting = self.store.queue()
        if waiting:
            self._begin(waiting[0])

    def _running(self) -> list[RunSummary]:
        return [run for run in self.store.list() if run.status is Status.RUNNING]

    def _follow_running(self) -> bool:
        """Whether anything still trains."""
        # Each of them, whether or not one before it trains.
        still = [self._follow(run) for run in self._running()]
        return any(still)

    def _follow(self, run: RunSummary) -> bool:
        folder, state = self.store.folder(run.id), self.store.state(run.id)
        process = state.process or self._found_process(folder, state)
        if process is None:
            # Claimed, and then its server was killed before it began: nothing has happened yet.
            self.store.update(run.id, lambda state: replace(state, status=Status.QUEUED))
            return False
        standing = self._executor(state).status(folder, process)
        if standing.alive:
            self._stop_in_time(run.id, folder, state, process)
            return True
        self._settle(run.id, folder, standing.exit_code)
        return False

    def _found_process(self, folder: RunFolder, state: RunState) -> ProcessId | None:
        """What trains the run, where its server was killed before it could note it."""
        events, _ = read_events(folder.events, state.events_from)
        started = [event for event in events if event["event"] == "started"]
        process = process_of(started[-1]) if started else find_trainer(folder.path)
        if process is not None:
            self.store.update(folder.id, lambda state: replace(state, process=process))
        return process

    def _executor(self, state: RunState) -> Executor:
        # One from a version that had another is at least a process.
        return self._executors.get(state.executor) or self._executors[ProcessExecutor.name]

    def _stop_in_time(
        self, run_id: str, folder: RunFolder, state: RunState, process: ProcessId
    ) -> None:
        stop = state.stop
        if stop is None:
            return
        executor = self._executor(state)
        if not folder.stop.exists() and not self._says_stopped(folder, state):
            # It came while the process started, which forgets what was asked before.
            executor.stop(folder, process, Force.ASK)
        if stop.how != "now":
            return
        waited_s = self.store.now() - stop.asked_s
        if stop.stage is Stage.ASKED and waited_s >= self._terminate_after_s:
            executor.stop(folder, process, Force.TERMINATE)
            self._reach(run_id, Stage.TERMINATED)
        elif (
            stop.stage is Stage.TERMINATED
            and waited_s >= self._kill_after_s
            and executor.stop(folder, process, Force.KILL)
        ):
            self._reach(run_id, Stage.KILLED)

    def _says_stopped(self, folder: RunFolder, state: RunState) -> bool:
        return ending(read_events(folder.events, state.events_from)[0]) is not None

    def _reach(self, run_id: str, stage: Stage) -> None:
        def go_on(state: RunState) -> RunState:
            return (
                state
                if state.stop is None
                else replace(state, stop=replace(state.stop, stage=stage))
            )

        self.store.update(run_id, go_on)

    def _begin(self, run: RunSummary) -> None:
        """Claim it, then start it: a kill between the two leaves a claim that nobody works on."""
        folder = self.store.folder(run.id)
        size = folder.events.stat().st_size if folder.events.is_file() else 0
        claimed = self.store.update(run.id, lambda state: self._claim(state, size))
        if claimed.status is not Status.RUNNING:
            return  # cancelled in the meantime
        put_out = self._room_for(claimed)
        executor = self._executor(claimed)
        try:
            process = executor.resume(folder) if claimed.attempts > 1 else executor.submit(folder)
        except OSError as error:
            self._fail(run.id, _cannot_start(error))
            return
        self.store.update(run.id, lambda state: replace(state, process=process, put_out=put_out))

    def _claim(self, state: RunState, events_bytes: int) -> RunState:
        if state.status is not Status.QUEUED:
            return state
        return replace(
            state,
            status=Status.RUNNING,
            attempts=state.attempts + 1,
            events_from=events_bytes,
            began_s=state.began_s or self.store.now(),
            process=None,
            cause=None,
            stop=None,
        )

    def _room_for(self, state: RunState) -> tuple[str, ...]:
        if state.needs_bytes is None:
            return ()
        try:
            return self._make_room(state.needs_bytes)
        except Exception:
            _LOG.exception("No room could be made; the run tries as it is.")
            return ()

    def _settle(self, run_id: str, folder: RunFolder, exit_code: int | None) -> None:
        """Write down how a run ended: as it says itself, else as its process did."""

        def end(state: RunState) -> RunState:
            if state.status is not Status.RUNNING:
                return state
            if folder.read_finished() is not None:
                status, cause = Status.FINISHED, None
            else:
                events, _ = read_events(folder.events, state.events_from)
                status, cause = ending(events) or _without_a_word(folder, state, exit_code)
            if status is Status.STOPPED and state.stop is not None and state.stop.requeue:
                # Behind the one that it gave way to, before all others.
                return replace(
                    state, status=Status.QUEUED, stop=None, process=None, order=self._second()
                )
            return replace(state, status=status, cause=cause, stop=None, ended_s=self.store.now())

        self.store.update(run_id, end)
        folder.stop.unlink(missing_ok=True)

    def _second(self) -> float:
        orders = [run.order for run in self.store.queue()[:2]]
        if not orders:
            return 0.0
        return orders[0] + 1 if len(orders) == 1 else sum(orders) / 2

    def _fail(self, run_id: str, cause: Cause) -> None:
        now_s = self.store.now()
        self.store.update(
            run_id,
            lambda state: replace(state, status=Status.FAILED, cause=cause, ended_s=now_s),
        )


def _without_a_word(
    folder: RunFolder, state: RunState, exit_code: int | None
) -> tuple[Status, Cause | None]:
    """The process is gone, and its events do not say why."""
    if state.stop is not None and state.stop.stage is Stage.KILLED:
        return Status.STOPPED, None
    signal = -exit_code if exit_code is not None and exit_code < 0 else None
    with suppress(OSError):
        if shutil.disk_usage(folder.path).free < _FULL_BELOW_BYTES:
            return Status.FAILED, Cause(
                "DiskIsFull",
                "The disk is full: the run could not even say so in its own files.",
                "Make room, then resume: the run goes on from its last whole checkpoint.",
                exit_code=exit_code,
            )
    if signal is not None:
        return Status.FAILED, Cause(
            "Killed",
            "The process of the run was ended by the signal {signal}.",
            "If nobody did it, the system was out of memory: halve the batch size. Resume goes on "
            "from the last whole checkpoint.",
            {"signal": signal},
            signal=signal,
            exit_code=exit_code,
        )
    return Status.FAILED, Cause(
        "Vanished",
        "The process of the run ended without a word.",
        "It was killed, or the machine was switched off. Resume goes on from the last whole "
        "checkpoint; the last lines of the log may say more.",
        exit_code=exit_code,
    )


def _cannot_start(error: OSError) -> Cause:
    return Cause(
        "EngineError",
        "No process could be started for the run.",
        "Close other programs, then resume.",
        detail=str(error),
    )
