"""Ticket: what a caller holds while its work waits, runs and ends.

One piece of work (a Job) can have several holders: equal requests that are asked for at the same
time run once. Each holder has a ticket of its own, and the work stops when the last one cancels.
"""

from __future__ import annotations

import copy
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Generic, TypeVar

from loupe.errors import Cancelled, LoupeError

if TYPE_CHECKING:
    from loupe.engine.loaded import LoadedModel
    from loupe.engine.turns import TurnWork

T = TypeVar("T")
_log = logging.getLogger(__name__)


class State(StrEnum):
    """Where the work stands. The last three are final."""

    QUEUED = "queued"
    LOADING = "loading"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINAL_STATES = frozenset({State.DONE, State.FAILED, State.CANCELLED})


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the work is: `done` of `total` (None: unknown) in `unit` ("tokens", "masks").

    partial: what there is of the result so far, such as the text up to here; immutable.
    """

    done: int
    total: int | None
    unit: str
    partial: object = None


def cancelled_error() -> Cancelled:
    return Cancelled("This was cancelled.", "Start it again if you still want it.")


class Job(Generic[T]):
    """One piece of work, its outcome and its holders. For the engine; callers see tickets.

    worker_ticket: what the work polls and reports to.
    """

    def __init__(self, work: Callable[[LoadedModel, Ticket[T]], T] | TurnWork[T]) -> None:
        self.work: Callable[[LoadedModel, Ticket[T]], T] | TurnWork[T] | None = work
        self.lock = threading.Lock()
        self.cancelled = threading.Event()
        self.ended = threading.Event()
        self.state = State.QUEUED
        self.progress: Progress | None = None
        self.ahead: Callable[[], int] = lambda: 0
        self._value: T | None = None
        self._error: LoupeError | None = None
        self._holders: list[Ticket[T]] = []
        self.worker_ticket = Ticket(self, self.cancelled)

    def hold(self) -> Ticket[T] | None:
        """A new holder's ticket; None where the work was given up and must be asked for anew."""
        with self.lock:
            if self.cancelled.is_set() or self.state in {State.FAILED, State.CANCELLED}:
                return None
            ticket = Ticket(self, threading.Event())
            # A kept result may be asked for any number of times: its holders are not collected.
            if not self.ended.is_set():
                self._holders.append(ticket)
                return ticket
        ticket.settle()
        return ticket

    @property
    def live(self) -> bool:
        """Whether somebody still waits for it."""
        return not self.cancelled.is_set() and not self.ended.is_set()

    def advance(self, state: State) -> None:
        with self.lock:
            if self.state not in FINAL_STATES:
                self.state = state

    def run(self, loaded: LoadedModel) -> T:
        assert callable(self.work)
        return self.work(loaded, self.worker_ticket)

    def finish(self, value: T) -> None:
        self._end(State.DONE, value, None)

    def fail(self, error: LoupeError) -> None:
        self._end(State.CANCELLED if isinstance(error, Cancelled) else State.FAILED, None, error)

    def cancel(self) -> None:
        """Cancel it for every holder."""
        with self.lock:
            holders = tuple(self._holders)
            if self.state not in FINAL_STATES:
                self.cancelled.set()
        for ticket in holders:
            ticket.cancel()

    def release(self, ticket: Ticket[T]) -> None:
        """One holder less; the work is told to stop when it was the last."""
        with self.lock:
            if ticket in self._holders:
                self._holders.remove(ticket)
            if not self._holders and self.state not in FINAL_STATES:
                self.cancelled.set()

    def outcome(self) -> T:
        if self._error is not None:
            # A copy each: two threads that raise the same error would mix up its traceback.
            raise copy.copy(self._error)
        return self._value  # type: ignore[return-value]  # finish() set it

    def _end(self, state: State, value: T | None, error: LoupeError | None) -> None:
        with self.lock:
            if self.state in FINAL_STATES:
                return
            if self.cancelled.is_set():  # too late for a result: nobody waits for it
                state, value, error = State.CANCELLED, None, cancelled_error()
            self.state, self._value, self._error = state, value, error
            # The work's closure can hold large inputs, and results are kept for a while.
            self.work = None
            self.ahead = lambda: 0
            holders, self._holders = tuple(self._holders), []
            self.ended.set()
        for ticket in holders:
            ticket.settle()


class Ticket(Generic[T]):
    """One holder's view of a piece of work. Safe to use from any thread.

    cancelled: the event that the work polls, and that tells a holder that nothing will come.
    """

    def __init__(self, job: Job[T], cancelled: threading.Event) -> None:
        self.cancelled = cancelled
        self._job = job
        self._lock = threading.Lock()
        self._settled = threading.Event()
        self._callbacks: list[Callable[[Ticket[T]], object]] = []

    @property
    def state(self) -> State:
        return State.CANCELLED if self.cancelled.is_set() else self._job.state

    @property
    def progress(self) -> Progress | None:
        """The latest event; None before the first."""
        return self._job.progress

    def position(self) -> int:
        """How many requests end before this one begins: 0 when it runs, is next, or has ended."""
        return 0 if self.state in FINAL_STATES else self._job.ahead()

    def report(
        self, done: int, total: int | None = None, unit: str = "", partial: object = None
    ) -> None:
        """Called by the work: how far it is."""
        self._job.progress = Progress(done, total, unit, partial)

    def raise_if_cancelled(self) -> None:
        """Called by the work at places where it can stop. Raises Cancelled."""
        if self.cancelled.is_set():
            raise cancelled_error()

    def cancel(self) -> bool:
        """Give up the result; the work stops if nobody else waits for it. False if it had ended."""
        with self._lock:
            if self._settled.is_set() or self.cancelled.is_set() or self._job.ended.is_set():
                return False
            self.cancelled.set()
        self._job.release(self)
        self.settle()
        return True

    def result(self, timeout_s: float | None = None) -> T:
        """Wait for the outcome.

        Raises the work's LoupeError, Cancelled, or TimeoutError after `timeout_s` seconds.
        """
        if not self._settled.wait(timeout_s):
            raise TimeoutError(f"no result within {timeout_s} s")
        if self.cancelled.is_set():
            raise cancelled_error()
        return self._job.outcome()

    def wait_for_end(self, timeout_s: float) -> bool:
        """Whether the work itself has ended within this time, as it does soon after `cancel`.

        Work that others wait for too goes on.
        """
        return self._job.ended.wait(timeout_s)

    def add_done_callback(self, callback: Callable[[Ticket[T]], object]) -> None:
        """Call `callback(ticket)` once when it has ended, at once if it has; from any thread."""
        with self._lock:
            if not self._settled.is_set():
                self._callbacks.append(callback)
                return
        self._call(callback)

    def settle(self) -> None:
        """For the engine: the outcome stands, wake whoever waits."""
        with self._lock:
            if self._settled.is_set():
                return
            self._settled.set()
            callbacks, self._callbacks = self._callbacks, []
        for callback in callbacks:
            self._call(callback)

    def _call(self, callback: Callable[[Ticket[T]], object]) -> None:
        try:
            callback(self)
        except Exception:
            _log.exception("A callback of a ticket failed.")
