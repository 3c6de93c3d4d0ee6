"""Training loops that take one step each in turn, in one process, and the seconds of each step.

A step here takes a second or more, so whatever else the machine does would fall on one of two long
runs; between neighbouring steps it falls on all alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Semaphore
from typing import Any

from transformers import TrainerCallback


class Baton:
    """Held by one of several threads; the others wait."""

    def __init__(self, runners: Sequence[str]) -> None:
        self._may = {name: Semaphore(0) for name in runners}
        self._running = list(runners)
        self._may[self._running[0]].release()

    def take(self, name: str) -> None:
        self._may[name].acquire()

    def pass_on(self, name: str) -> None:
        """To the next one that still runs; it may be the same."""
        following = self._running.index(name) + 1
        self._may[self._running[following % len(self._running)]].release()

    def leave(self, name: str) -> None:
        """Pass it on and never want it again."""
        following = self._running.index(name) + 1
        heir = self._running[following % len(self._running)]
        # Taken out first: who gets the baton may pass it on before this thread runs again.
        self._running.remove(name)
        self._may[heir].release()


class StepClock(TrainerCallback):  # type: ignore[misc]
    """Passes the baton on after each step of one Trainer, and times the steps.

    seconds: one entry a step: fetching and padding its batch, forward, backward, optimizer, log.
    Waiting is not in it, nor is what comes before the first step and after the last.
    """

    def __init__(self, name: str, baton: Baton) -> None:
        self.seconds: list[float] = []
        self._name, self._baton = name, baton
        self._started = 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        self._started = time.perf_counter()

    def on_step_end(self, args: Any, state: Any, control: Any, **_more: Any) -> None:
        self.seconds.append(time.perf_counter() - self._started)
        if state.global_step < state.max_steps:
            self._baton.pass_on(self._name)
            self._baton.take(self._name)
            self._started = time.perf_counter()


def train_in_turns(loops: Mapping[str, Callable[[StepClock], None]]) -> dict[str, list[float]]:
    """Run loops that train one Trainer each with the clock given to it as a callback.

    Only the thread that holds the baton computes, also while it prepares and ends. The seconds of
    each step, by name. Raises what a loop raised.
    """
    baton = Baton(tuple(loops))
    clocks = {name: StepClock(name, baton) for name in loops}

    def run(name: str) -> None:
        baton.take(name)
        try:
            loops[name](clocks[name])
        finally:
            baton.leave(name)

    with ThreadPoolExecutor(len(loops)) as threads:
        for done in [threads.submit(run, name) for name in loops]:
            done.result()
    return {name: clock.seconds for name, clock in clocks.items()}
