"""The most memory that something took, on the device that trains."""

from __future__ import annotations

import contextlib
import resource
import sys
from pathlib import Path

import torch

from loupe.training.preflight.room import memory_free_bytes

_PROCESS = Path("/proc/self")
_RESET_PEAK = "5"  # Source: Linux, Documentation/filesystems/proc.rst, clear_refs


class PeakMemory:
    """Counts from its last `begin`: of a GPU what torch has allocated, else the whole process.

    Where the system cannot begin anew (macOS) it counts from the process's start.
    """

    def __init__(self, device: str) -> None:
        self._device = device

    def begin(self) -> None:
        if self._device == "cuda":
            torch.cuda.synchronize()
            torch.cuda.reset_peak_memory_stats()
            return
        with contextlib.suppress(OSError):
            (_PROCESS / "clear_refs").write_text(_RESET_PEAK, "ascii")

    def peak_bytes(self) -> int:
        if self._device == "cuda":
            return int(torch.cuda.max_memory_allocated())
        try:
            status = (_PROCESS / "status").read_text("ascii", "replace")
            lines = (line.split() for line in status.splitlines() if line.startswith("VmHWM:"))
            return int(next(lines)[1]) * 1024
        except (OSError, StopIteration):
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            return most if sys.platform == "darwin" else most * 1024


def free_bytes(device: str) -> int:
    """What the device that trains has free now, this process's own included where it is memory."""
    if device == "cuda":
        return int(torch.cuda.mem_get_info()[0]) + int(torch.cuda.memory_reserved())
    return memory_free_bytes() + resident_bytes()


def resident_bytes() -> int:
    """Of this process."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def bound_memory() -> None:
    """Let this process take what is free and no more: it is refused memory before others are
    killed for it."""
    if sys.platform != "linux":
        return
    # Counts private memory only: torch reserves address space that it never fills.
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    status = (_PROCESS / "status").read_text("ascii", "replace")
    used = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmData:"))
    limit = used * 1024 + memory_free_bytes()
    resource.setrlimit(
        resource.RLIMIT_DATA, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
    )
