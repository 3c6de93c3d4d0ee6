"""A process known by its pid and its start: the system gives a pid again to others."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

# Two readings of one start differ by less; starts of two processes of one pid by far more.
_SAME_START_S = 1.0
_MODULE = "loupe.training"


@dataclass(frozen=True, slots=True)
class ProcessId:
    """started_s: seconds since 1970, as the system says it."""

    pid: int
    started_s: float

    @classmethod
    def of(cls, pid: int) -> ProcessId | None:
        """The process that has this pid now; None where none has."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return None

    @classmethod
    def own(cls) -> ProcessId:
        found = cls.of(os.getpid())
        assert found is not None
        return found

    def is_alive(self) -> bool:
        """Whether this very process runs. One that nobody has waited for yet has ended."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_s) < _SAME_START_S
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:
            return False

    def signal_group(self, number: signal.Signals) -> bool:
        """Send a signal to the process and all it has started in its session; whether it was there.

        Only for a process that leads a group of its own.
        """
        if not self.is_alive():
            return False
        with suppress(ProcessLookupError):
            if os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)
            return True
        return False


def find_trainer(folder: Path) -> ProcessId | None:
    """The process that was started to train in this folder, looked for among all of the machine's.

    For the moment between its start and the note of it, in which its starter may have been killed.
    """
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            arguments = process.cmdline()
            if _MODULE in arguments and arguments[-1:] == [str(folder)]:
                found = ProcessId(process.pid, process.create_time())
                if found.is_alive():
                    return found
    return None
