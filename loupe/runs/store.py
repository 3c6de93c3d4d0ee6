"""The runs on this machine: folders that hold all there is to know, and what may be asked of them.

Any number of servers and browsers may share one store. What changes a run takes the store's lock,
so that two who ask at once are heard one after the other; the training thread (queue.py) then does
what was asked.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, Protocol

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.errors import InvalidInput, LoupeError
from loupe.runs.errors import CannotResume, NoSuchRun
from loupe.runs.executors import EXECUTORS
from loupe.runs.index import Index, run_folders
from loupe.runs.state import (
    ENDED,
    How,
    RunState,
    Status,
    Stop,
    read_state,
    write_state,
)
from loupe.runs.summary import RunSummary, state_of_stranger, summarise
from loupe.training.errors import RunIsBusy
from loupe.training.events import read_events
from loupe.training.run_folder import RunFolder
from loupe.training.spec import RunSpec

Direction = Literal["up", "down", "first", "last"]

REPORT_NAME = "preflight.json"
_LOCK_NAME = ".store.lock"
_NEW = ".new-"
_DELETED = ".deleted-"


class Report(Protocol):
    """What pre-flight found, as far as the store keeps it."""

    @property
    def peak_bytes(self) -> int | None: ...

    def to_dict(self) -> dict[str, Any]: ...


class RunStore:
    """All runs in `places.runs`. now: seconds since 1970.

    Every method that names a run raises NoSuchRun where there is none.
    """

    def __init__(self, places: Places, *, now: Callable[[], float] = time.time) -> None:
        self.places = places
        self.root = places.runs
        self.now = now
        self._index = Index(self.root)
        # Rung when something was asked for, so that the training thread need not look for it.
        self.changed = threading.Condition()

    def submit(
        self, spec: RunSpec, *, token: str, executor: str = "process", report: Report | None = None
    ) -> str:
        """Put a run into the queue, behind all others; its id.

        token: of the click. The same again is the same run: a double click trains once.
        Raises InvalidInput for an executor that is not there.
        """
        if executor not in EXECUTORS:
            raise InvalidInput(
                "There is no executor “{name}”.",
                "Choose one of: {names}.",
                name=executor,
                names=", ".join(EXECUTORS),
            )
        with self.locked():
            known = self._with_token(token)
            if known is not None:
                return known
            state = RunState(
                Status.QUEUED,
                submitted_s=self.now(),
                order=self._last_order() + 1,
                token=token,
                executor=executor,
                needs_bytes=None if report is None else report.peak_bytes,
            )
            run_id = self._make(spec, state, report)
        self._ring()
        return run_id

    def _make(self, spec: RunSpec, state: RunState, report: Report | None) -> str:
        """The folder appears under its name when everything is in it."""
        self.root.mkdir(parents=True, exist_ok=True)
        run_id = self._free_name(spec.name)
        new = self.root / f"{_NEW}{run_id}"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        (new / "run.yaml").write_text(spec.to_yaml(), "utf-8")
        if report is not None:
            (new / REPORT_NAME).write_text(
                json.dumps(report.to_dict(), ensure_ascii=False, indent=1) + "\n", "utf-8"
            )
        write_state(new, state)
        new.rename(self.root / run_id)
        return run_id

    def _free_name(self, name: str) -> str:
        # Upper and lower case are the same on some file systems.
        taken = {path.name.casefold() for path in self.root.iterdir()}
        number = 1
        while (found := name if number == 1 else f"{name}-{number}").casefold() in taken:
            number += 1
        return found

    def _with_token(self, token: str) -> str | None:
        for path in run_folders(self.root):
            state = read_state(path)
            if state is not None and token and state.token == token:
                return path.name
        return None

    def list(self) -> tuple[RunSummary, ...]:
        """All runs, the newest first."""
        if not self.root.is_dir():
            return ()
        return self._index.summaries()

    def queue(self) -> tuple[RunSummary, ...]:
        """Those that wait, in the order in which they will train."""
        waiting = [run for run in self.list() if run.status is Status.QUEUED]
        return tuple(sorted(waiting, key=lambda run: run.order))

    def running(self) -> RunSummary | None:
        """The one that trains now."""
        return next((run for run in self.list() if run.status is Status.RUNNING), None)

    def summary(self, run_id: str) -> RunSummary:
        """As its files say at this moment."""
        found = summarise(self.folder(run_id).path)
        if found is None:
            raise _no_such_run(run_id)
        return found

    def folder(self, run_id: str) -> RunFolder:
        """Its files."""
        # Compared with what is there, so that a name with slashes leads nowhere.
        for path in run_folders(self.root):
            if path.name == run_id:
                return RunFolder(path)
        raise _no_such_run(run_id)

    def state(self, run_id: str) -> RunState:
        """What the queue knows of it; of one trained from a shell, what its files say."""
        folder = self.folder(run_id)
        known = read_state(folder.path)
        return known or state_of_stranger(folder, read_events(folder.events)[0])

    def report(self, run_id: str) -> Mapping[str, Any] | None:
        """What pre-flight found before it was submitted; None where there was none."""
        try:
            found = json.loads((self.folder(run_id).path / REPORT_NAME).read_text("utf-8"))
        except (OSError, ValueError):
            return None
        return found if isinstance(found, dict) else None

    def update(self, run_id: str, change: Callable[[RunState], RunState]) -> RunState:
        """Change what the queue knows of a run, alone among all who do; the new state."""
        with self.locked():
            return self._update(run_id, change)

    def _update(self, run_id: str, change: Callable[[RunState], RunState]) -> RunState:
        before = self.state(run_id)
        after = change(before)
        if after != before:
            write_state(self.folder(run_id).path, after)
        return after

    def cancel(self, run_id: str) -> None:
        """Take a run out of the queue. Raises RunIsBusy where it trains already."""

        def take_out(state: RunState) -> RunState:
            if state.status is Status.RUNNING:
                raise RunIsBusy("“{name}” trains already.", "Stop it instead.", name=run_id)
            if state.status is not Status.QUEUED:
                return state
            began = state.attempts > 0
            status = Status.STOPPED if began else Status.CANCELLED
            return replace(state, status=status, ended_s=self.now(), stop=None)

        self.update(run_id, take_out)
        self._ring()

    def move(self, run_id: str, where: Direction) -> None:
        """Change a waiting run's place in the queue."""
        with self.locked():
            order = [run.id for run in self.queue()]
            if run_id not in order:
                self.folder(run_id)
                return
            here = order.index(run_id)
            there = {"up": here - 1, "down": here + 1, "first": 0, "last": len(order) - 1}[where]
            order.insert(max(0, min(there, len(order) - 1)), order.pop(here))
            for place, name in enumerate(order):
                self._update(name, partial(_at, place))
        self._ring()

    def run_now(self, run_id: str) -> None:
        """Let a waiting run train next; what trains now is saved, waits, and goes on after it."""
        self.move(run_id, "first")
        running = self.running()
        if running is not None and self.state(run_id).status is Status.QUEUED:
            self._ask_stop(running.id, "save", requeue=True)

    def ask_stop(self, run_id: str, how: How) -> None:
        """Have a run end. "save": after the step in hand, with a checkpoint, however long it takes.
        "now": the same, but its process is told, and then killed, when that takes too long.

        One that waits in the queue is taken out of it.
        """
        if self.state(run_id).status is Status.QUEUED:
            self.cancel(run_id)
            return
        self._ask_stop(run_id, how, requeue=False)

    def _ask_stop(self, run_id: str, how: How, *, requeue: bool) -> None:
        def ask(state: RunState) -> RunState:
            if state.status is not Status.RUNNING:
                return state
            if state.stop is not None and (state.stop.how == how or state.stop.how == "now"):
                # Somebody who wants it to end for good is not overruled by one who wants its place.
                requeued = state.stop.requeue and requeue
                return replace(state, stop=replace(state.stop, requeue=requeued))
            return replace(state, stop=Stop(how, self.now(), requeue=requeue))

        if self.update(run_id, ask).status is Status.RUNNING:
            # At once: its process looks for the file itself, whether or not a server is up.
            self.folder(run_id).stop.touch()
        self._ring()

    def resume(self, run_id: str) -> None:
        """Put a run that has ended into the queue again. Raises CannotResume with the reason."""
        with self.locked():
            reason = self.why_no_resume(run_id)
            if reason is not None:
                raise reason
            order = self._last_order() + 1
            self._update(
                run_id,
                lambda state: replace(
                    state,
                    status=Status.QUEUED,
                    order=order,
                    stop=None,
                    cause=None,
                    process=None,
                    put_out=(),
                    ended_s=None,
                ),
            )
        self._ring()

    def why_no_resume(self, run_id: str) -> LoupeError | None:
        """Why a run cannot go on; None where it can, and for what has still to end."""
        folder, state = self.folder(run_id), self.state(run_id)
        if state.status is Status.FINISHED:
            return CannotResume(
                "“{name}” has finished: nothing is left to train.",
                "Train it again with more epochs, or begin another run from its checkpoint.",
                name=run_id,
            )
        if state.status not in ENDED:
            return CannotResume(
                "“{name}” is in the queue or trains already.", "Wait for it.", name=run_id
            )
        if state.cause is not None and state.cause.error == "NonFiniteLoss":
            return CannotResume(
                "“{name}” ran off: from its last checkpoint it would do so again.",
                "Begin it again with a lower learning rate, a longer warm-up, or clipping.",
                name=run_id,
            )
        if state.cause is not None and state.cause.error == "UnfitModel":
            return CannotResume(
                "“{name}” cannot be trained as its settings say: it would end in the same way.",
                "Begin it again with other settings.",
                name=run_id,
            )
        try:
            checkpoint = RunSpec.read(folder.spec).model.checkpoint
            if checkpoint is not None:
                resolve(CheckpointRef.parse(checkpoint), self.places)
        except LoupeError as error:
            return error
        return None

    def delete(self, run_id: str) -> int:
        """Remove a run and all its checkpoints; the bytes that this frees. Raises RunIsBusy."""
        with self.locked():
            if not self.state(run_id).has_ended:
                raise RunIsBusy(
                    "“{name}” is in the queue or trains.", "Stop it first.", name=run_id
                )
            path = self.folder(run_id).path
            size = size_bytes(path)
            away = path.with_name(f"{_DELETED}{run_id}")
            shutil.rmtree(away, ignore_errors=True)
            path.rename(away)
        shutil.rmtree(away, ignore_errors=True)
        return size

    def reindex(self) -> int:
        """Make the index anew from the folders; how many runs there are."""
        self.root.mkdir(parents=True, exist_ok=True)
        return self._index.rebuild()

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Be the only one, of all servers, who changes what the queue knows."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / _LOCK_NAME).open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _last_order(self) -> float:
        return max((run.order for run in self.queue()), default=0.0)

    def _ring(self) -> None:
        with self.changed:
            self.changed.notify_all()


def size_bytes(path: Path) -> int:
    """What a run's folder takes on the disk."""
    total = 0
    for file in path.rglob("*"):
        try:
            total += file.lstat().st_size if not file.is_dir() else 0
        except OSError:
            continue
    return total


def _at(place: int, state: RunState) -> RunState:
    return replace(state, order=float(place))


def _no_such_run(run_id: str) -> NoSuchRun:
    return NoSuchRun("There is no run “{name}” here.", "It may have been deleted.", name=run_id)
