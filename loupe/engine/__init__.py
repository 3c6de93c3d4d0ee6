"""The engine: one pool of loaded checkpoints that every page shares.

    ticket = pool.submit(ModelKey(ref, "AutoModelForMaskedLM"), work)
    result = ticket.result()

`work(loaded, ticket)` runs in the checkpoint's own thread; nothing else touches model or tokenizer.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from loupe.engine.threads import configure_threads

if TYPE_CHECKING:
    from loupe.engine.devices import HardwareReport, inspect_hardware
    from loupe.engine.loaded import LoadedModel, ModelKey
    from loupe.engine.pool import LoadedSummary, Pool
    from loupe.engine.ticket import Progress, State, Ticket

__all__ = [
    "HardwareReport",
    "LoadedModel",
    "LoadedSummary",
    "ModelKey",
    "Pool",
    "Progress",
    "State",
    "Ticket",
    "close_shared_pool",
    "configure_threads",
    "inspect_hardware",
    "shared_pool",
]

# Imported at first use: `configure_threads` must be callable before anything imports torch.
_HOMES = {
    "HardwareReport": "devices",
    "LoadedModel": "loaded",
    "LoadedSummary": "pool",
    "ModelKey": "loaded",
    "Pool": "pool",
    "Progress": "ticket",
    "State": "ticket",
    "Ticket": "ticket",
    "inspect_hardware": "devices",
}

CLOSE_TIMEOUT_S = 30.0
_HOLDER = "loupe.engine._process"


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


class _Holder(ModuleType):
    """Lives among the loaded modules, so that importing this file again finds the same pool."""

    def __init__(self) -> None:
        super().__init__(_HOLDER)
        self.lock = threading.Lock()
        self.pool: Pool | None = None


def _holder() -> _Holder:
    # setdefault is atomic: two threads get the same one. Not isinstance: after this file was
    # imported again, the class is another one.
    return cast("_Holder", sys.modules.setdefault(_HOLDER, _Holder()))


def shared_pool(factory: Callable[[], Pool]) -> Pool:
    """The process's one pool; `factory` makes it at the first call.

    A cache of the user interface may hand it out, but clearing that cache never makes a second.
    """
    holder = _holder()
    with holder.lock:
        if holder.pool is None:
            holder.pool = factory()
        return holder.pool


def close_shared_pool(timeout_s: float = CLOSE_TIMEOUT_S) -> bool:
    """Close the process's pool, if there is one. Whether all its threads ended in time."""
    holder = _holder()
    with holder.lock:
        pool, holder.pool = holder.pool, None
    return pool is None or pool.close(timeout_s)
