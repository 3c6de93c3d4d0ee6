"""What one thread logs, in a file of its own: a run in a thread has no output to itself."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# transformers hands nothing on to the root.
_LOGGERS = ("", "transformers")


class _OneThread(logging.Filter):
    """Lets through what one thread says."""

    def __init__(self, thread: int) -> None:
        super().__init__()
        self._thread = thread

    def filter(self, record: logging.LogRecord) -> bool:
        return record.thread == self._thread


@contextmanager
def logging_to(path: Path) -> Iterator[None]:
    """Write what the calling thread logs to the end of a file, besides where it goes anyway."""
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_OneThread(threading.get_ident()))
    for name in _LOGGERS:
        logging.getLogger(name).addHandler(handler)
    try:
        yield
    finally:
        for name in _LOGGERS:
            logging.getLogger(name).removeHandler(handler)
        handler.close()
