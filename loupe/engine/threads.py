"""How many threads torch computes with, and how they wait. Runs before torch is imported."""

from __future__ import annotations

import math
import os
import sys
from collections.abc import MutableMapping
from dataclasses import dataclass
from pathlib import Path

WAIT_POLICY_VARIABLE = "OMP_WAIT_POLICY"
THREADS_VARIABLE = "OMP_NUM_THREADS"
# Beyond this, one text at a time no longer gets faster, and several models share the machine.
THREADS_MAX = 16

_CGROUP_QUOTA = Path("/sys/fs/cgroup/cpu.max")


@dataclass(frozen=True, slots=True)
class ThreadChoice:
    """What was chosen. `effective` is False where torch was loaded before and took no notice."""

    threads: int
    wait_policy: str
    cores: int
    effective: bool


def configure_threads(
    environment: MutableMapping[str, str], cores: int | None = None
) -> ThreadChoice:
    """Write OpenMP's settings into the environment, before torch reads them; a set value stays.

    OpenMP's threads spin while they wait. With anything else running on the machine that made
    training on 2 cores five times slower; PASSIVE lets them sleep.
    cores: None asks the machine.
    """
    cores = cores or available_cores()
    policy = environment.setdefault(WAIT_POLICY_VARIABLE, "PASSIVE")
    threads = _whole_number(environment.get(THREADS_VARIABLE)) or max(1, min(cores, THREADS_MAX))
    environment[THREADS_VARIABLE] = str(threads)
    return ThreadChoice(threads, policy, cores, effective="torch" not in sys.modules)


def available_cores(quota: Path = _CGROUP_QUOTA) -> int:
    """The cores this process may use: its affinity, cut by a container's quota."""
    has_affinity = hasattr(os, "sched_getaffinity")
    cores = len(os.sched_getaffinity(0)) if has_affinity else os.cpu_count() or 1
    try:
        allowed_us, period_us = quota.read_text("ascii").split()
        cores = min(cores, math.ceil(int(allowed_us) / int(period_us)))
    except (OSError, ValueError):  # no such file, or "max": no quota
        pass
    return max(1, cores)


def _whole_number(text: str | None) -> int | None:
    # OMP_NUM_THREADS may be a list, one number a nesting level.
    first = (text or "").split(",")[0].strip()
    return int(first) if first.isdigit() and int(first) > 0 else None
