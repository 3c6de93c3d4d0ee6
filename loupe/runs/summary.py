"""One run as a list shows it, read from the few files that say it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loupe.errors import LoupeError
from loupe.runs.process import ProcessId
from loupe.runs.state import Cause, How, RunState, Status, read_state
from loupe.training.run_folder import RunFolder
from loupe.training.spec import RunSpec

# Of events.jsonl: what a list needs stands at its beginning and at its end.
_EDGE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line of the list.

    checkpoint: what it starts from; None from scratch. data: its files, as run.yaml names them.
    step, total_steps: None before they are known. phase: what it does before the first step.
    metric: by which checkpoints are compared; before: of the untrained model, after: of the best
    evaluation's step or, once finished, of the best checkpoint.
    stopping: how it was asked to end, while it has not. *_s: seconds since 1970, but remaining_s.
    """

    id: str
    name: str
    task: str
    status: Status
    checkpoint: str | None
    data: tuple[str, ...]
    executor: str
    submitted_s: float
    began_s: float | None
    ended_s: float | None
    order: float
    step: int | None
    total_steps: int | None
    phase: str | None
    remaining_s: float | None
    best_step: int | None
    metric: str | None
    before: float | None
    after: float | None
    stopping: How | None
    cause: Cause | None
    put_out: tuple[str, ...]

    @property
    def share(self) -> float | None:
        """How much of the steps is done, 0 to 1."""
        if self.step is None or not self.total_steps:
            return None
        return min(1.0, self.step / self.total_steps)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, record: Mapping[str, Any]) -> RunSummary:
        """Raises TypeError, KeyError and ValueError where it is of another version."""
        cause = record["cause"]
        return cls(
            **{
                **record,
                "status": Status(record["status"]),
                "data": tuple(record["data"]),
                "put_out": tuple(record["put_out"]),
                "cause": None if cause is None else Cause(**cause),
            }
        )


def summarise(path: Path) -> RunSummary | None:
    """A run's folder in short; None where there is no run.yaml that can be read."""
    folder = RunFolder(path)
    try:
        spec = RunSpec.read(folder.spec)
    except LoupeError:
        return None
    events = list(_edges(folder.events))
    finished = folder.read_finished() or {}
    state = read_state(path) or state_of_stranger(folder, events)
    ready = _last(events, "ready")
    metric = ready.get("best_metric")
    evaluations = [e for e in events if e["event"] == "evaluation" and metric in e["metrics"]]
    first = evaluations[0] if evaluations and evaluations[0]["step"] == 0 else None
    checkpoint = _last(events, "checkpoint")
    best_step = finished.get("best_step", checkpoint.get("best_step"))
    loss = _last(events, "loss", "evaluation", "checkpoint", "resumed")
    phase = events[-1].get("phase") if events and events[-1]["event"] == "phase" else None
    return RunSummary(
        id=folder.id,
        name=spec.name,
        task=spec.task,
        status=state.status,
        checkpoint=spec.model.checkpoint,
        data=tuple(source.path for source in (*spec.data.train, *spec.data.validation)),
        executor=state.executor,
        submitted_s=state.submitted_s,
        began_s=state.began_s,
        ended_s=state.ended_s,
        order=state.order,
        step=finished.get("step", loss.get("step")),
        total_steps=ready.get("total_steps"),
        phase=phase,
        remaining_s=_last(events, "loss").get("remaining_s"),
        best_step=best_step,
        metric=metric,
        before=first["metrics"][metric] if first and metric else None,
        after=_after(finished, evaluations, metric, best_step),
        stopping=state.stop.how if state.stop and not state.has_ended else None,
        cause=state.cause,
        put_out=state.put_out,
    )


def _after(
    finished: Mapping[str, Any],
    evaluations: list[dict[str, Any]],
    metric: str | None,
    best_step: int | None,
) -> float | None:
    if metric is None:
        return None
    if metric in finished.get("metrics", {}):
        return float(finished["metrics"][metric])
    found = [e for e in evaluations if e["step"] == best_step] or evaluations
    value = found[-1]["metrics"][metric] if found else None
    return None if value is None else float(value)


def state_of_stranger(folder: RunFolder, events: list[dict[str, Any]]) -> RunState:
    """Of a run that the queue has never had: somebody trained it from a shell."""
    started = _last(events, "started")
    last = next((e for e in reversed(events) if e["event"] in _ENDS), None)
    process = process_of(started)
    if folder.read_finished() is not None:
        status = Status.FINISHED
    elif process is not None and process.is_alive() and not _follows(events, last, started):
        status = Status.RUNNING
    elif last is not None and _follows(events, last, started):
        status = _ENDS[last["event"]]
    else:
        # Begun and ended without a word, or never begun: it can be put into the queue.
        status = Status.STOPPED if started else Status.CANCELLED
    cause = cause_of(last) if last is not None and status is Status.FAILED else None
    times = [event["time_s"] for event in events]
    ended = times[-1] if times and status is not Status.RUNNING else None
    made_s = folder.spec.stat().st_mtime
    return RunState(
        status,
        submitted_s=times[0] if times else made_s,
        process=process,
        cause=cause,
        began_s=times[0] if times else None,
        ended_s=ended,
    )


_ENDS = {
    "finished": Status.FINISHED,
    "stopped": Status.STOPPED,
    "failed": Status.FAILED,
}


def _follows(
    events: list[dict[str, Any]], later: dict[str, Any] | None, earlier: Mapping[str, Any]
) -> bool:
    if later is None or not earlier:
        return later is not None
    return events.index(later) > events.index(dict(earlier))


def ending(events: list[dict[str, Any]]) -> tuple[Status, Cause | None] | None:
    """How the last of these events says that the run ended; None where it does not."""
    last = next((event for event in reversed(events) if event["event"] in _ENDS), None)
    if last is None:
        return None
    status = _ENDS[last["event"]]
    return status, cause_of(last) if status is Status.FAILED else None


def cause_of(event: Mapping[str, Any]) -> Cause:
    """What an event "failed" says."""
    return Cause(
        error=str(event.get("error")),
        message=str(event.get("message")),
        remedy=str(event.get("remedy")),
        params=event.get("params") or {},
        detail=event.get("detail"),
    )


def process_of(started: Mapping[str, Any]) -> ProcessId | None:
    """The process that an event "started" names."""
    pid, began = started.get("pid"), started.get("process_started_s")
    return ProcessId(int(pid), float(began)) if pid and began else None


def _last(events: list[dict[str, Any]], *names: str) -> dict[str, Any]:
    return next((event for event in reversed(events) if event["event"] in names), {})


def _edges(path: Path) -> Iterator[dict[str, Any]]:
    """The events at both ends of a file; all where it is short."""
    try:
        with path.open("rb") as file:
            data = file.read(2 * _EDGE_BYTES)
            size = path.stat().st_size
            if size > len(data):
                file.seek(max(size - _EDGE_BYTES, _EDGE_BYTES))
                data = data[:_EDGE_BYTES].rpartition(b"\n")[0] + b"\n" + file.read()
    except OSError:
        return
    for line in data[: data.rfind(b"\n") + 1].splitlines():
        # The line at the seam is cut, and no JSON.
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict) and isinstance(event.get("event"), str):
            yield event
