"""One thread and one queue for one loaded checkpoint: nothing else touches its model.

Work that grows texts turn by turn runs beside others of its kind; between two turns, whatever else
waits is done, so that a short question does not wait for a long text.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import torch

from loupe.engine.devices import empty_cache
from loupe.engine.failures import drop_frames, explain, is_out_of_memory
from loupe.engine.file_stamp import FileStamp
from loupe.engine.loaded import LoadedModel, ModelKey
from loupe.engine.ticket import Job, State, cancelled_error
from loupe.engine.turns import Turns, TurnWork
from loupe.errors import LoupeError

_log = logging.getLogger(__name__)

THREAD_NAME = "loupe-model"
# Texts that grow at once in one model; further requests wait, and see their position.
ROWS_MAX = 16


class Worker:
    """Loads its model in its own thread, then runs jobs in the order in which they came, those
    that grow texts beside each other.

    load: called once, in the thread. leave: called in the thread when loading failed, before the
    waiting jobs fail, so that no further job is put here. bytes: memory reserved or taken.
    """

    def __init__(
        self,
        key: ModelKey,
        load: Callable[[Worker], LoadedModel],
        leave: Callable[[Worker], None],
        clock: Callable[[], float],
    ) -> None:
        self.key = key
        self.bytes = 0
        self.last_used = clock()
        self.dtype: torch.dtype | None = None
        self.device: torch.device | None = None
        self.revision: str | None = None
        self.files: FileStamp | None = None
        self._load = load
        self._leave = leave
        self._clock = clock
        self._changed = threading.Condition()
        self._waiting: deque[Job[Any]] = deque()
        self._running: list[Job[Any]] = []
        # What a forward is for, where it is for one job alone.
        self._alone: Job[Any] | None = None
        self._loading = True
        self._stopping = False
        # A daemon, so that a program that forgets to close the pool still ends; the pool's exit
        # hook cancels and joins it before the interpreter is torn down.
        self._thread = threading.Thread(
            target=self._main, name=f"{THREAD_NAME} {key.ref}", daemon=True
        )

    def start(self) -> None:
        self._thread.start()

    def put(self, job: Job[Any]) -> None:
        with self._changed:
            assert not self._stopping, "a worker that leaves takes no more work"
            job.ahead = lambda: self._ahead(job)
            if self._loading:
                job.advance(State.LOADING)
            self._waiting.append(job)
            self.last_used = self._clock()
            self._changed.notify_all()

    @property
    def loading(self) -> bool:
        return self._loading

    @property
    def in_use(self) -> bool:
        with self._changed:
            return self._loading or bool(self._running) or self._wanted()

    @property
    def wanted(self) -> bool:
        """Whether a job waits that nobody has cancelled."""
        with self._changed:
            return self._wanted()

    def _wanted(self) -> bool:
        return any(job.live for job in self._waiting)

    def _ahead(self, job: Job[Any]) -> int:
        with self._changed:
            if job not in self._waiting:
                return 0
            before = list(self._waiting)[: self._waiting.index(job)]
            return sum(other.live for other in before) + len(self._running)

    def stop(self) -> None:
        """Ask the thread to end after the job it runs; jobs that wait are left to `cancel_all`."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def cancel_all(self) -> None:
        with self._changed:
            jobs = [*self._waiting, *self._running]
        for job in jobs:
            job.cancel()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the thread; whether it has ended."""
        if self._thread is not threading.current_thread():
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _main(self) -> None:
        loaded = self._loaded()
        if loaded is None:
            return
        with self._changed:
            self._loading = False
            for job in self._waiting:
                job.advance(State.QUEUED)
        guard = self._guard(loaded.model)
        with torch.inference_mode():
            self._work(loaded)
        if guard is not None:
            guard.remove()
        self._fail_waiting(cancelled_error())

    def _loaded(self) -> LoadedModel | None:
        try:
            return self._load(self)
        except BaseException as error:
            reason = explain(error, self.key.ref.label)
            if not isinstance(error, LoupeError):
                _log.exception("Loading %s failed.", self.key)
            drop_frames(error)
        self._leave(self)
        self._fail_waiting(reason)
        return None

    def _guard(self, model: Any) -> Any:
        """Let a cancelled job end at the model's next call, even inside a library's own loop."""

        def stop_if_cancelled(_module: Any, _inputs: Any) -> None:
            job = self._alone
            if (
                job is not None
                and job.cancelled.is_set()
                and threading.current_thread() is self._thread
            ):
                raise cancelled_error()

        register = getattr(model, "register_forward_pre_hook", None)
        return None if register is None else register(stop_if_cancelled)

    def _work(self, loaded: LoadedModel) -> None:
        turns = Turns(loaded, self._end, lambda job, error: self._fail(job, error, loaded))
        while self._wait(idle=not turns):
            for job in self._next_jobs(turns.rows):
                if not job.live:
                    self._end(job, _Failure(cancelled_error()))
                    continue
                job.advance(State.RUNNING)
                if isinstance(job.work, TurnWork):
                    turns.admit(job)
                else:
                    self._run(job, loaded)
            turns.turn()
        turns.close()

    def _wait(self, *, idle: bool) -> bool:
        """Until there is something to do; False when the thread is to end."""
        with self._changed:
            if idle:
                self._changed.wait_for(lambda: self._waiting or self._stopping)
            return not self._stopping

    def _next_jobs(self, rows: int) -> list[Job[Any]]:
        """What begins now: one job that runs by itself, and those that join the `rows` that grow.

        They count as running from here on.
        """
        chosen: list[Job[Any]] = []
        alone = full = False
        with self._changed:
            for job in list(self._waiting):
                if not isinstance(job.work, TurnWork):
                    taken, alone = not alone, True
                else:
                    # One that is too large for any company begins when nobody else is there.
                    fits = rows == 0 or rows + job.work.rows <= ROWS_MAX
                    taken, full = fits and not full, full or not fits
                    rows += job.work.rows if taken else 0
                if taken:
                    self._waiting.remove(job)
                    chosen.append(job)
            self._running += chosen
        return chosen

    def _run(self, job: Job[Any], loaded: LoadedModel) -> None:
        self._alone = job
        began = time.perf_counter()
        try:
            outcome = self._attempt(job, loaded)
        finally:
            self._alone = None
        _log.info("%s answered in %.1f ms", loaded.name, 1e3 * (time.perf_counter() - began))
        self._end(job, outcome)

    def _end(self, job: Job[Any], outcome: Any) -> None:
        # Before the job ends: whoever waits for it may look at `in_use` at once.
        with self._changed:
            self._running.remove(job)
            self.last_used = self._clock()
        if isinstance(outcome, _Failure):
            job.fail(outcome.error)
        else:
            job.finish(outcome)

    def _fail(self, job: Job[Any], error: BaseException, loaded: LoadedModel) -> None:
        self._end(job, self._failure(error, loaded))

    def _attempt(self, job: Job[Any], loaded: LoadedModel) -> Any:
        try:
            return job.run(loaded)
        except BaseException as error:
            return self._failure(error, loaded)

    def _failure(self, error: BaseException, loaded: LoadedModel) -> _Failure:
        reason = explain(error, loaded.name)
        if not isinstance(error, LoupeError):
            _log.warning("Work with %s failed.", loaded.name, exc_info=error)
        drop_frames(error)
        if is_out_of_memory(error):
            empty_cache(loaded.device)
        return _Failure(reason)

    def _fail_waiting(self, error: LoupeError) -> None:
        with self._changed:
            jobs = list(self._waiting)
            self._waiting.clear()
            self._loading = False
        for job in jobs:
            job.fail(error)


class _Failure:
    """Not a value: the work ended by this error."""

    def __init__(self, error: LoupeError) -> None:
        self.error = error
