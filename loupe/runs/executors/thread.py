"""A run in a thread of the server: it begins at once, and shares the server's memory and fate."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from loupe.checkpoints.places import Places
from loupe.runs.executors.executor import Force, Standing, last_lines
from loupe.runs.executors.thread_log import logging_to
from loupe.runs.process import ProcessId
from loupe.training.run_folder import RunFolder
from loupe.training.stop import StopAsked

# As the exit codes of `python -m loupe.training` say it.
_CRASHED = 5


@dataclass
class _Running:
    thread: threading.Thread
    exit_code: int | None = None


def _train(run: RunFolder, places: Places) -> None:
    # Imported by the thread: torch and transformers take seconds.
    from loupe.training.job import run as train

    train(run.path, places)


class ThreadExecutor:
    """Trains in this process. train: what a run does, for tests."""

    name = "thread"

    def __init__(self, places: Places, train: Callable[[RunFolder, Places], None] = _train) -> None:
        self._places = places
        self._train = train
        self._running: dict[str, _Running] = {}

    def submit(self, run: RunFolder) -> ProcessId:
        # An old request is over: who starts a run means it.
        run.stop.unlink(missing_ok=True)
        running = _Running(
            threading.Thread(
                target=self._main, args=(run,), name=f"loupe-training-{run.id}", daemon=True
            )
        )
        self._running[run.id] = running
        running.thread.start()
        return ProcessId.own()

    def _main(self, run: RunFolder) -> None:
        code = _CRASHED
        try:
            with logging_to(run.log):
                self._train(run, self._places)
            code = 0
        except StopAsked:
            code = 0  # raised in a place where the run itself could not say it any more
        finally:
            self._running[run.id].exit_code = code

    def resume(self, run: RunFolder) -> ProcessId:
        return self.submit(run)

    def status(self, run: RunFolder, process: ProcessId) -> Standing:
        running = self._running.get(run.id)
        if running is not None:
            alive = running.thread.is_alive()
            return Standing(alive, None if alive else running.exit_code)
        # Of another server; this one's threads are all known to it.
        return Standing(process != ProcessId.own() and process.is_alive())

    def stop(self, run: RunFolder, process: ProcessId, force: Force) -> bool:
        if force is Force.ASK:
            run.stop.touch()
            return True
        if force is Force.KILL:
            # Nothing ends a thread that computes in native code.
            return False
        running = self._running.get(run.id)
        if running is not None and running.thread.ident is not None and running.thread.is_alive():
            # Raised in it at its next step in Python.
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(running.thread.ident), ctypes.py_object(StopAsked)
            )
        return True

    def logs(self, run: RunFolder, lines: int) -> Sequence[str]:
        return last_lines(run, lines)

    def close(self, timeout_s: float) -> bool:
        alive = [entry.thread for entry in self._running.values() if entry.thread.is_alive()]
        for thread in alive:
            thread.join(timeout_s / len(alive))
        return not any(thread.is_alive() for thread in alive)
