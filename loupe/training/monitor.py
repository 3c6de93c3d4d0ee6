"""`machine.jsonl`: what the process that trains takes of the machine, and that it is alive.

One JSON object a line: schema_version, time_s (since 1970), step, total_steps (null before it is
known), phase, rss_bytes, cpu_percent (100 is one core), threads; and of the GPU gpu_bytes,
gpu_total_bytes, gpu_percent, null where there is none. The GPU is counted whole, whoever uses it:
that is what decides whether a batch fits. The last line is the last sign of life.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

import psutil

from loupe.training.events import plain
from loupe.training.phases import Standing

SCHEMA_VERSION = 1
SHORTEST_INTERVAL_S = 1.0
# A process that said nothing for much longer is not at work any more.
LONGEST_INTERVAL_S = 10.0
# Lines while the interval still grows: a run of ten minutes has 600, one of a day some 10,000.
_POINTS = 600


def interval_s(elapsed_s: float) -> float:
    """The time to the next line: a short run shows every second, a long one stays small on disk."""
    return min(LONGEST_INTERVAL_S, max(SHORTEST_INTERVAL_S, elapsed_s / _POINTS))


class Monitor:
    """Writes from its own thread, from `with` to its end; a fault in it never ends the run.

    standing: where the run is, asked from that thread. now: the clock, in seconds since 1970.
    """

    def __init__(
        self, path: Path, standing: Callable[[], Standing], now: Callable[[], float] = time.time
    ) -> None:
        self._path = path
        self._standing = standing
        self._now = now
        self._process = psutil.Process()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="machine monitor", daemon=True)

    def __enter__(self) -> Monitor:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _watch(self) -> None:
        began_s = time.monotonic()
        self._process.cpu_percent()  # counted since the last time it was asked
        while True:
            self._write()
            if self._ended.wait(interval_s(time.monotonic() - began_s)):
                self._write()  # where it stood at the end
                return

    def _write(self) -> None:
        # A full disk, or a system that hides what it is asked: worth a gap in a curve, no more.
        try:
            line = json.dumps(plain(self._look()), allow_nan=False)
            # Before the line, too: one that a full disk or a kill cut short spoils no other.
            with self._path.open("ab", buffering=0) as file:
                file.write(f"{self._separator()}{line}\n".encode())
        except Exception as error:
            sys.stderr.write(f"machine.jsonl: {type(error).__name__}: {error}\n")

    def _separator(self) -> str:
        """A line's end where the last one lacks its own."""
        with self._path.open("rb") as file:
            if file.seek(0, 2) == 0:
                return ""
            file.seek(-1, 2)
            return "" if file.read(1) == b"\n" else "\n"

    def _look(self) -> dict[str, Any]:
        standing = self._standing()
        with self._process.oneshot():
            own = {
                "rss_bytes": self._process.memory_info().rss,
                "cpu_percent": self._process.cpu_percent(),
                "threads": self._process.num_threads(),
            }
        return {
            "schema_version": SCHEMA_VERSION,
            "time_s": self._now(),
            "step": standing.step,
            "total_steps": standing.total_steps,
            "phase": standing.phase,
            **own,
            **gpu_numbers(),
        }


def gpu_numbers() -> dict[str, float | None]:
    """gpu_bytes, gpu_total_bytes and gpu_percent; None where no GPU is in use.

    Never the first to touch the GPU: that takes seconds, and memory from others.
    """
    numbers: dict[str, float | None] = dict.fromkeys(("gpu_bytes", "gpu_total_bytes"))
    numbers["gpu_percent"] = None
    torch: Any = sys.modules.get("torch")
    cuda: Any = getattr(torch, "cuda", None)
    is_initialized = getattr(cuda, "is_initialized", None)  # None while torch is being imported
    if is_initialized is None or not is_initialized():
        return numbers
    free, total = cuda.mem_get_info()
    return {
        "gpu_bytes": total - free,
        "gpu_total_bytes": total,
        "gpu_percent": _gpu_percent(cuda),
    }


def _gpu_percent(cuda: Any) -> float | None:
    try:
        return float(cuda.utilization())
    except Exception:  # it needs a package of the driver's maker, which is not everywhere
        return None
