"""The one store and the one training thread of a server.

They live among the loaded modules, not in a cache of the interface: clearing that, or importing
this file again, finds the same ones.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from loupe.runs.queue import RunQueue
    from loupe.runs.store import RunStore

_HOLDER = "loupe.runs._process"


class _Holder(ModuleType):
    def __init__(self) -> None:
        super().__init__(_HOLDER)
        self.lock = threading.Lock()
        self.store: RunStore | None = None
        self.queue: RunQueue | None = None


def _holder() -> _Holder:
    # setdefault is atomic: two threads get the same one. Not isinstance: after this file was
    # imported again, the class is another one.
    return cast("_Holder", sys.modules.setdefault(_HOLDER, _Holder()))


def shared_store(make: Callable[[], RunStore]) -> RunStore:
    """The process's store, made at the first call."""
    holder = _holder()
    with holder.lock:
        if holder.store is None:
            holder.store = make()
        return holder.store


def start_shared_queue(make: Callable[[], RunQueue]) -> RunQueue:
    """The process's training thread, made and started at the first call."""
    holder = _holder()
    with holder.lock:
        if holder.queue is None:
            holder.queue = make()
            holder.queue.start()
        return holder.queue


def close_shared_runs(timeout_s: float) -> bool:
    """End the training thread and forget both; whether it ended in time.

    Runs in processes go on.
    """
    holder = _holder()
    with holder.lock:
        queue, holder.queue, holder.store = holder.queue, None, None
    return queue is None or queue.close(timeout_s)
