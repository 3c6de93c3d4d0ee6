"""A run in a process of its own, which outlives the server, a closed tab and a code reload."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from loupe.checkpoints.places import Places
from loupe.runs.executors.executor import Force, Standing, last_lines
from loupe.runs.process import ProcessId
from loupe.training.child_environment import child_environment
from loupe.training.run_folder import RunFolder

# The pages answer first: a training that waits a moment is a moment late, a page is slow.
NICENESS = 10
_PROJECT = Path(__file__).resolve().parents[3]
# Those that go on when their executor is closed: let go of, Python would warn of them.
_OUTLIVING: list[subprocess.Popen[bytes]] = []
_SIGNALS = {Force.TERMINATE: signal.SIGTERM, Force.KILL: signal.SIGKILL}


class ProcessExecutor:
    """`python -m loupe.training RUN_DIR` in a session of its own."""

    name = "process"

    def __init__(self, places: Places) -> None:
        self._places = places
        # Those that this server began: only their parent hears how they ended.
        self._children: dict[ProcessId, subprocess.Popen[bytes]] = {}

    def submit(self, run: RunFolder) -> ProcessId:
        with run.log.open("ab") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", "loupe.training", str(run.path)],
                cwd=_PROJECT,
                env=child_environment(os.environ, self._places),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Signals to the server's terminal do not reach it, nor does the server's end.
                start_new_session=True,
            )
        with suppress(psutil.Error):
            psutil.Process(child.pid).nice(NICENESS)
        # One that has ended already still has its pid: nobody has waited for it.
        process = ProcessId.of(child.pid) or ProcessId(child.pid, 0.0)
        self._children[process] = child
        return process

    def resume(self, run: RunFolder) -> ProcessId:
        # A run goes on by itself from what its folder holds.
        return self.submit(run)

    def status(self, run: RunFolder, process: ProcessId) -> Standing:
        child = self._children.get(process)
        if child is None:
            return Standing(process.is_alive())
        code = child.poll()
        return Standing(code is None, code)

    def stop(self, run: RunFolder, process: ProcessId, force: Force) -> bool:
        if force is Force.ASK:
            run.stop.touch()
            return True
        process.signal_group(_SIGNALS[force])
        return True

    def logs(self, run: RunFolder, lines: int) -> Sequence[str]:
        return last_lines(run, lines)

    def close(self, timeout_s: float) -> bool:
        # They go on; the next server finds them.
        _OUTLIVING.extend(child for child in self._children.values() if child.poll() is None)
        self._children.clear()
        return True
