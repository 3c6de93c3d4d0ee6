"""Where a run computes. A new place is one file and one line in EXECUTORS."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from loupe.checkpoints.places import Places
from loupe.runs.executors.executor import Executor, Force, Standing
from loupe.runs.executors.process import ProcessExecutor
from loupe.runs.executors.thread import ThreadExecutor

__all__ = ["EXECUTORS", "Executor", "Force", "ProcessExecutor", "Standing", "ThreadExecutor"]

EXECUTORS: Mapping[str, Callable[[Places], Executor]] = {
    ProcessExecutor.name: ProcessExecutor,
    ThreadExecutor.name: ThreadExecutor,
}
