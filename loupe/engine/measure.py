"""How fast a checkpoint is on this machine and what it takes, measured in a process of its own.

In one of its own, so that its memory is its alone, and so that a measurement can be ended at any
moment.
"""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from loupe.checkpoints.child import Child, remove_abandoned
from loupe.checkpoints.measurements import Measurement
from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.checkpoints.weights import estimate_bytes
from loupe.engine.loaded import ModelKey
from loupe.engine.measure_child import MODULE, Stage
from loupe.errors import EngineError, OutOfMemory

POLL_S = 0.1
# The text that is read at once: a paragraph, and no longer than most models read.
LENGTH_TOKENS = 128
GENERATED_TOKENS = 32
# Importing the libraries and loading on a busy machine, then the slowest that is worth a number.
TIMEOUT_S = 600.0
GIB = 1024**3


def measure(
    key: ModelKey,
    found: ResolvedCheckpoint,
    work: Path,
    *,
    device: str,
    dtype: str,
    threads: int,
    available_bytes: Callable[[], int],
    now: Callable[[], float] = time.time,
    report: Callable[[Stage], object] = lambda _stage: None,
    stop: Callable[[], object] = lambda: None,
    length_tokens: int = LENGTH_TOKENS,
    generated_tokens: int = GENERATED_TOKENS,
    timeout_s: float = TIMEOUT_S,
    environment: Mapping[str, str] | None = None,
) -> Measurement:
    """Load a checkpoint in a process of its own and time it there. Waits for the end.

    found: of `resolve`. device, dtype: as the pool would choose them. available_bytes: free memory
    of the machine. stop: raises to end it; the process is gone when this returns.
    Raises OutOfMemory before anything is loaded where it cannot fit, EngineError.
    """
    import torch

    passing = sum(estimate_bytes(part.folder, torch.float32) for part in found.parts)
    if passing > (available := available_bytes()):
        raise OutOfMemory(
            "Loading “{name}” takes {needed_gib:.1f} GiB of main memory; {available_gib:.1f} "
            "GiB are free.",
            "Close other programs, unload a model, or choose a smaller one.",
            name=key.ref.label,
            needed_gib=passing / GIB,
            available_gib=available / GIB,
        )
    work.mkdir(parents=True, exist_ok=True)
    remove_abandoned(work.glob("*"))
    child = Child(
        MODULE,
        {
            "folder": str(found.folder),
            "base": None if found.base is None else str(found.base.folder),
            "auto_class": key.auto_class,
            "name": key.ref.label,
            "device": device,
            "dtype": dtype,
            "length_tokens": length_tokens,
            "generated_tokens": generated_tokens,
        },
        work / uuid.uuid4().hex,
        {
            **(os.environ if environment is None else environment),
            "OMP_NUM_THREADS": str(threads),
            "HF_HUB_OFFLINE": "1",
        },
    )
    try:
        numbers = _follow(child, key.ref.label, report, stop, timeout_s)
    finally:
        child.close()
    return Measurement(
        ref=str(key.ref), auto_class=key.auto_class, measured_s=now(), threads=threads, **numbers
    )


def _follow(
    child: Child,
    name: str,
    report: Callable[[Stage], object],
    stop: Callable[[], object],
    timeout_s: float,
) -> dict[str, Any]:
    began = time.monotonic()
    while True:
        stop()
        alive = child.running()
        for event in child.events():
            if event["event"] == "done":
                return dict(event["numbers"])
            if event["event"] == "failed":
                raise _failed(name, event["message"], is_memory=event["is_memory"])
            report(Stage(event["stage"]))
        if not alive:
            # Nobody here kills it without asking: the kernel did, for want of memory.
            is_memory = child.exit_code == -signal.SIGKILL
            raise _failed(name, child.log_tail(), is_memory=is_memory)
        if time.monotonic() - began > timeout_s:
            raise EngineError(
                "“{name}” was not measured within {timeout_s:.0f} s.",
                "Try again when the machine has less to do, or measure a smaller model.",
                name=name,
                timeout_s=timeout_s,
            )
        time.sleep(POLL_S)


def _failed(name: str, detail: str, *, is_memory: bool) -> EngineError:
    if is_memory:
        return OutOfMemory(
            "The memory of this machine is too small to measure “{name}”.",
            "Close other programs, unload a model, or choose a smaller one.",
            name=name,
            detail=detail,
        )
    return EngineError(
        "“{name}” could not be measured.",
        "Choose it on a page: what is wrong with it is said there.",
        name=name,
        detail=detail or None,
    )
