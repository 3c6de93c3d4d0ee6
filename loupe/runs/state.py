"""`state.json`: what the queue knows of one run.

The run itself writes none of it: it says what happened in events.jsonl. Each write replaces the
whole file, so a reader sees the one before or the one after.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from loupe.runs.process import ProcessId
from loupe.training.events import plain

SCHEMA_VERSION = 1
STATE_NAME = "state.json"

How = Literal["save", "now"]


class Status(StrEnum):
    """Where a run stands. Queued and running ones are the queue's; the others have ended."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    STOPPED = "stopped"  # by somebody; it can go on
    FAILED = "failed"
    CANCELLED = "cancelled"  # taken from the queue before it began


ENDED = frozenset({Status.FINISHED, Status.STOPPED, Status.FAILED, Status.CANCELLED})


class Stage(StrEnum):
    """How far an asked stop has gone. Each begins where the one before brought nothing in time."""

    ASKED = "asked"
    TERMINATED = "terminated"
    KILLED = "killed"


@dataclass(frozen=True, slots=True)
class Stop:
    """Somebody wants it to end. how: "save" waits as long as it takes, "now" until a deadline.

    requeue: it gives way to another run, and goes on after that.
    """

    how: How
    asked_s: float
    stage: Stage = Stage.ASKED
    requeue: bool = False


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a run failed. message, remedy: templates, as a LoupeError has them.

    error: the name of its class. signal, exit_code: of its process, where known.
    """

    error: str
    message: str
    remedy: str
    params: Mapping[str, Any] = field(default_factory=dict)
    detail: str | None = None
    signal: int | None = None
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class RunState:
    """token: of the click that submitted it. order: its place in the queue, the lowest first.

    process: that trains it, or did last. attempts: how often it was begun. events_from: the byte of
    events.jsonl at which the last attempt begins. needs_bytes: memory that pre-flight measured.
    put_out: names of the models that left memory for it. *_s: seconds since 1970.
    """

    status: Status
    submitted_s: float
    order: float = 0.0
    token: str = ""
    executor: str = "process"
    process: ProcessId | None = None
    attempts: int = 0
    events_from: int = 0
    stop: Stop | None = None
    cause: Cause | None = None
    needs_bytes: int | None = None
    put_out: tuple[str, ...] = ()
    began_s: float | None = None
    ended_s: float | None = None

    @property
    def has_ended(self) -> bool:
        return self.status in ENDED


def write_state(folder: Path, state: RunState) -> None:
    """All of it or nothing."""
    path = folder / STATE_NAME
    beside = path.with_name(f".{STATE_NAME}.new")
    record = plain({"schema_version": SCHEMA_VERSION, **asdict(state)})
    with beside.open("w", encoding="utf-8") as file:
        file.write(json.dumps(record, ensure_ascii=False, indent=1) + "\n")
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def read_state(folder: Path) -> RunState | None:
    """None where the queue has never had it, or another version has written it."""
    try:
        record = json.loads((folder / STATE_NAME).read_text("utf-8"))
        if record.pop("schema_version") != SCHEMA_VERSION:
            return None
        return _read(record)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def _read(record: dict[str, Any]) -> RunState:
    process, stop, cause = (record.pop(name, None) for name in ("process", "stop", "cause"))
    return RunState(
        status=Status(record.pop("status")),
        put_out=tuple(record.pop("put_out", ())),
        process=ProcessId(**process) if process else None,
        stop=Stop(**{**stop, "stage": Stage(stop["stage"])}) if stop else None,
        cause=Cause(**cause) if cause else None,
        **record,
    )
