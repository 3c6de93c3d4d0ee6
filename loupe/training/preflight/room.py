"""Room on disk and in memory: what a run needs, and what is free."""

from __future__ import annotations

import shutil
from pathlib import Path

import psutil

FLOAT_BYTES = 4
# AdamW keeps two moving averages a trained weight (Loshchilov & Hutter 2019).
ADAM_STATES = 2
# Beside the newest: the best, and the one that is being written.
EXTRA_CHECKPOINTS = 2
# What is left free for the rest of the machine.
MEMORY_RESERVE_BYTES = 256 * 1024**2
DISK_RESERVE_BYTES = 256 * 1024**2

_CGROUP = Path("/sys/fs/cgroup")


def checkpoint_bytes(saved_parameters: int, trainable_parameters: int) -> int:
    """Of one checkpoint: its weights, and the optimizer's state of those that train."""
    return FLOAT_BYTES * (saved_parameters + ADAM_STATES * trainable_parameters)


def disk_needed_bytes(
    saved_parameters: int, trainable_parameters: int, save_total_limit: int
) -> int:
    """Of a run's folder while it trains, at most."""
    kept = save_total_limit + EXTRA_CHECKPOINTS
    return kept * checkpoint_bytes(saved_parameters, trainable_parameters)


def disk_free_bytes(folder: Path) -> int:
    """Where a folder lies, or will lie."""
    there = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(there).free


def memory_free_bytes(cgroup: Path = _CGROUP) -> int:
    """Of the machine, or of the container that this process is kept in."""
    free = int(psutil.virtual_memory().available)
    try:
        limit = int((cgroup / "memory.max").read_text("ascii"))
        used = int((cgroup / "memory.current").read_text("ascii"))
        cached = _reclaimable_bytes((cgroup / "memory.stat").read_text("ascii"))
    except (OSError, ValueError):  # no such file, or "max": no limit
        return free
    return max(0, min(free, limit - used + cached))


def _reclaimable_bytes(stat: str) -> int:
    """File pages that the system gives back before it kills anybody."""
    lines = (line.split() for line in stat.splitlines())
    return next((int(value) for name, value in lines if name == "inactive_file"), 0)
