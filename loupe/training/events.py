"""`events.jsonl`: what happened in a run, one JSON object a line, only ever appended to.

Each line has `schema_version`, `event` (a key of EVENTS) and `time_s` (seconds since 1970).
"""

from __future__ import annotations

import json
import math
import os
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

SCHEMA_VERSION = 1

# What the lines say, and what stands in them beside the three fields above.
EVENTS: Mapping[str, str] = {
    "started": "a process began: pid, process_started_s (seconds since 1970), name, task",
    "phase": "what it does before the first step: phase",
    "ready": "training begins: device, bf16, parameters, trainable_parameters, train_rows, "
    "validation_rows, total_steps, packing, new_modules, recipe_hash (null without one), "
    "best_metric (null where nothing is held out)",
    "resumed": "it was begun before: step of the checkpoint, or 0; what came after that is undone; "
    "skipped: steps of later checkpoints that are damaged",
    "loss": "step, epoch, loss_nats, learning_rate, grad_norm, tokens, tokens_per_s, elapsed_s, "
    "remaining_s",
    "evaluation": "step, metrics (by name), elapsed_s",
    "checkpoint": "a complete one was written: step, best_step",
    "samples": "a line was added to samples.jsonl: step, when",
    "stopped": "asked to stop; it can be resumed: step",
    "failed": "error (its class), message and remedy (templates), params, detail",
    "finished": "step, best_step, metrics, elapsed_s, early",
}

JsonValue = Any


def plain(value: Any) -> JsonValue:
    """As JSON can say it: numbers that are none (NaN, infinity) become null."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, str) or value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Iterable) and not hasattr(value, "item"):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):  # numpy and torch
        return plain(value.tolist())
    return str(value)


class JsonLines:
    """Appends objects to a file; each line is with the system before `write` returns.

    A line that a kill cut short is removed first: the next one would be lost with it.
    """

    def __init__(self, path: Path) -> None:
        _cut_torn_line(path)
        self._file = path.open("a", encoding="utf-8")

    def write(self, record: Mapping[str, Any]) -> None:
        line = json.dumps(plain(record), ensure_ascii=False, allow_nan=False)
        self._file.write(line + "\n")
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class EventWriter:
    """The one writer of a run's events. now: the clock, in seconds since 1970."""

    def __init__(self, path: Path, now: Callable[[], float] = time.time) -> None:
        self._lines = JsonLines(path)
        self._now = now

    def __call__(self, event: str, **fields: Any) -> None:
        assert event in EVENTS, event
        head = {"schema_version": SCHEMA_VERSION, "event": event, "time_s": self._now()}
        self._lines.write({**head, **fields})

    def close(self) -> None:
        self._lines.close()

    def __enter__(self) -> EventWriter:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


def read_events(path: Path, offset: int = 0) -> tuple[list[dict[str, Any]], int]:
    """Whole lines from a byte offset on, and the offset to go on from.

    A last line without its end is left for the next call; a line that is no JSON object, or of a
    newer version, is passed over. A file that is not there has no lines.
    """
    try:
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read()
    except FileNotFoundError:
        return [], offset
    whole = data[: data.rfind(b"\n") + 1]
    records = (_parse(line) for line in whole.splitlines())
    return [record for record in records if record is not None], offset + len(whole)


def without_undone(events: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """The events that count: what came after a checkpoint that was resumed from is left out."""
    kept: list[dict[str, Any]] = []
    for event in events:
        if event["event"] == "resumed":
            # From step 0 the run begins anew, and looks at the untrained model again.
            step = event.get("step") or -1
            kept = [old for old in kept if old.get("step", -1) <= step]
        kept.append(event)
    return kept


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict) or record.get("schema_version") != SCHEMA_VERSION:
        return None
    return record if isinstance(record.get("event"), str) else None


def _cut_torn_line(path: Path) -> None:
    if not path.is_file():
        return
    data = path.read_bytes()
    whole = data.rfind(b"\n") + 1
    if whole < len(data):
        os.truncate(path, whole)
