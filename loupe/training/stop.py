"""How a run is asked to end: by a file in its folder, or by SIGTERM."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from types import FrameType


class StopRequest:
    """Says whether somebody asked. One a process; the file is taken away once it was obeyed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._asked = threading.Event()

    def ask(self) -> None:
        self._asked.set()

    def asked(self) -> bool:
        return self._asked.is_set() or self._file.exists()

    def forget(self) -> None:
        """Take an old request away: whoever starts a run again means it."""
        self._asked.clear()
        self._file.unlink(missing_ok=True)

    def listen(self) -> None:
        """Take SIGTERM as a request. Main thread only."""

        def ask(_signal: int, _frame: FrameType | None) -> None:
            self.ask()

        signal.signal(signal.SIGTERM, ask)


class StopAsked(Exception):
    """Ends the preparation of a run that was asked to stop; no fault of anybody."""
