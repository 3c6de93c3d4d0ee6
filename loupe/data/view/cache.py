"""Results of scans, kept while there is room, computed once however many ask at a time."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np

from loupe.data.view.duck import IsCancelled, never, raise_if

MAX_BYTES = 256 << 20
_POLL_S = 0.05

T = TypeVar("T")

# What a small record, such as a column's card, counts for.
_RECORD_BYTES = 16 << 10


class ResultCache:
    """Arrays and frozen records by key, the least recently used leave first. Safe for many threads.

    An array is handed out read-only, since all who ask get the same one. One that is larger than
    the whole cache is computed and not kept.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self._kept: OrderedDict[Hashable, Any] = OrderedDict()
        self._running: dict[Hashable, threading.Event] = {}
        self._lock = threading.Lock()
        self._bytes = 0

    @property
    def size_bytes(self) -> int:
        """Of all that is kept."""
        with self._lock:
            return self._bytes

    def get(self, key: Hashable, compute: Callable[[], T], *, cancelled: IsCancelled = never) -> T:
        """What `compute` gives, now or earlier. Raises what it raises, and Cancelled.

        Where the one who computes fails or is cancelled, the next who waits computes instead.
        """
        while True:
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    kept: T = self._kept[key]
                    return kept
                running = self._running.get(key)
                if running is None:
                    mine = self._running[key] = threading.Event()
                    break
            while not running.wait(_POLL_S):
                raise_if(cancelled)
        try:
            result = compute()
            if isinstance(result, np.ndarray):
                # A view would keep the larger array behind it alive, uncounted.
                array: Any = result if result.base is None else result.copy()
                array.setflags(write=False)
                result = array
            self._keep(key, result)
            return result
        finally:
            with self._lock:
                del self._running[key]
            mine.set()

    def clear(self) -> None:
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _keep(self, key: Hashable, result: object) -> None:
        if _bytes_of(result) > self.max_bytes:
            return
        with self._lock:
            self._kept[key] = result
            self._bytes += _bytes_of(result)
            while self._bytes > self.max_bytes:
                _, left = self._kept.popitem(last=False)
                self._bytes -= _bytes_of(left)


def _bytes_of(result: object) -> int:
    return result.nbytes if isinstance(result, np.ndarray) else _RECORD_BYTES


# Of the process: what one session has searched for, another gets at once.
RESULTS = ResultCache()
