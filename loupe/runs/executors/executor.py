"""What the training thread asks of a place where runs compute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from loupe.runs.process import ProcessId
from loupe.training.run_folder import RunFolder


class Force(StrEnum):
    """How hard a run is stopped; each is tried after the one before."""

    ASK = "ask"  # it ends after the step in hand, with a checkpoint
    TERMINATE = "terminate"  # told by the system, too
    KILL = "kill"  # it ends here and now, and loses what came after its last checkpoint


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether a run is still being trained. exit_code: of its process where that is known.

    As Python has it: minus a signal's number where one ended it.
    """

    alive: bool
    exit_code: int | None = None


class Executor(Protocol):
    """A place where runs compute. What a run says, it says in its folder, wherever it runs."""

    def submit(self, run: RunFolder) -> ProcessId:
        """Begin a run; what trains it."""
        ...

    def resume(self, run: RunFolder) -> ProcessId:
        """Go on with a run that was begun before, from its last whole checkpoint."""
        ...

    def status(self, run: RunFolder, process: ProcessId) -> Standing:
        """Whether it still runs, also where another server began it."""
        ...

    def stop(self, run: RunFolder, process: ProcessId, force: Force) -> bool:
        """Stop it; whether this force is to be had here."""
        ...

    def logs(self, run: RunFolder, lines: int) -> Sequence[str]:
        """The last lines of what it printed."""
        ...

    def close(self, timeout_s: float) -> bool:
        """The server ends: what cannot outlive it is stopped and saved. Whether all has ended."""
        ...


def last_lines(run: RunFolder, lines: int) -> list[str]:
    """Of the run's log, however long it is."""
    # More than a line of a traceback or a warning has.
    size = lines * 400
    try:
        with run.log.open("rb") as file:
            end = file.seek(0, 2)
            file.seek(max(0, end - size))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return []
    whole = text.splitlines()
    return whole[-lines:] if end <= size else whole[1:][-lines:]
