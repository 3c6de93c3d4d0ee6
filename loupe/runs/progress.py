"""How far a run is: what its files say, read on from where one stopped.

A run's process appends to `events.jsonl`, `samples.jsonl` and `machine.jsonl`; whoever shows the
run reads them and nothing else. A reader keeps how far it has read, so that looking again costs
what is new.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loupe.training.run_folder import RunFolder

SCHEMA_VERSION = 1
# Of a single file; a line is some hundred bytes, a list of samples some thousand.
_READ_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class LossPoint:
    """One point of the training curve.

    loss_nats: mean over the steps since the last point. elapsed_s, tokens: since the run began,
    over all of its processes. remaining_s: as the run itself reckons it, at time_s (since 1970).
    """

    step: int
    time_s: float
    elapsed_s: float
    epoch: float | None
    tokens: int | None
    loss_nats: float | None
    learning_rate: float | None
    grad_norm: float | None
    tokens_per_s: float | None
    remaining_s: float | None


@dataclass(frozen=True, slots=True)
class EvaluationPoint:
    """What the model gave on held-out rows after a step; before training at step 0."""

    step: int
    elapsed_s: float
    tokens: int
    metrics: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class SampleSet:
    """What the fixed inputs gave. when: before, during or after. samples: as the task writes
    them."""

    step: int
    when: str
    samples: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class MachinePoint:
    """What the process took at a moment. cpu_percent: 100 is one core. None: not known."""

    time_s: float
    step: int | None
    total_steps: int | None
    phase: str | None
    rss_bytes: int | None
    cpu_percent: float | None
    threads: int | None
    gpu_bytes: int | None
    gpu_total_bytes: int | None
    gpu_percent: float | None


@dataclass(frozen=True, slots=True)
class Ready:
    """What was known when training began. best_metric: by which checkpoints are compared."""

    device: str
    bf16: bool
    parameters: int
    trainable_parameters: int
    train_rows: int
    validation_rows: int
    total_steps: int
    packing: bool
    new_modules: tuple[str, ...]
    best_metric: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run ended: templates and what fills them. detail: a library's own words."""

    error: str
    message: str
    remedy: str
    params: Mapping[str, Any]
    detail: str | None


@dataclass(frozen=True, slots=True)
class Progress:
    """All that is known of a run; steps that were undone by a resume are left out.

    phase: what its process does before training, None from then on. began_s, process_began_s: when
    the run and its newest process began (since 1970). resumed: the steps it went on from.
    elapsed_s: of training, over all processes, also what was undone.
    failure: None where a newer process has begun. is_stopped: it ended because it was asked to.
    """

    phase: str | None = None
    began_s: float | None = None
    process_began_s: float | None = None
    ready: Ready | None = None
    losses: tuple[LossPoint, ...] = ()
    evaluations: tuple[EvaluationPoint, ...] = ()
    samples: tuple[SampleSet, ...] = ()
    machine: tuple[MachinePoint, ...] = ()
    resumed: tuple[int, ...] = ()
    best_step: int | None = None
    elapsed_s: float = 0.0
    failure: Failure | None = None
    is_stopped: bool = False
    is_finished: bool = False
    ended_early: bool = False

    @property
    def step(self) -> int:
        """The newest that any file tells of. The machine's lines come between two points."""
        points = [self.losses[-1].step] if self.losses else []
        points += [self.evaluations[-1].step] if self.evaluations else []
        newest = self.machine[-1] if self.machine else None
        began_s = self.process_began_s or 0.0
        if newest is not None and newest.step is not None and newest.time_s >= began_s:
            points.append(newest.step)
        return max(points, default=self.resumed[-1] if self.resumed else 0)

    @property
    def total_steps(self) -> int | None:
        return self.ready.total_steps if self.ready else None

    def remaining_s(self, now_s: float) -> float | None:
        """What is left at `now_s` (since 1970); None where nobody can know yet."""
        last = self.losses[-1] if self.losses else None
        if last is None or last.remaining_s is None or self.is_finished:
            return None
        if self.process_began_s is not None and last.time_s < self.process_began_s:
            return None
        return max(0.0, last.remaining_s - max(0.0, now_s - last.time_s))


class ProgressReader:
    """Reads one run's files; may be shared by threads."""

    def __init__(self, folder: RunFolder) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._progress: Progress | None = None
        self._forget()

    def read(self) -> Progress:
        """What the files say now. A folder that is not there says nothing."""
        with self._lock:
            tails = (self._events, self._samples, self._machine)
            if any(tail.began_anew() for tail in tails):
                self._forget()
            # Samples first: the event that tells of a line comes after it.
            lines = [line for line in map(_sample_set, self._samples.read()) if line is not None]
            for line in lines:
                self._sample_sets[line.step, line.when] = line
            events = list(self._events.read())
            for event in events:
                self._state.take(event)
            points = [point for point in map(_machine_point, self._machine.read()) if point]
            self._points += points
            if lines or events or points or self._progress is None:
                self._progress = self._state.progress(self._sample_sets, self._points)
            return self._progress

    def _forget(self) -> None:
        self._events = _Tail(self._folder.events)
        self._samples = _Tail(self._folder.samples)
        self._machine = _Tail(self._folder.machine)
        self._state = _State()
        self._sample_sets: dict[tuple[int, str], SampleSet] = {}
        self._points: list[MachinePoint] = []
        self._progress = None


class _Tail:
    """The whole lines of a growing file that were not read before."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def began_anew(self) -> bool:
        """Whether the file is another than the one that was read: a run of the same name."""
        try:
            return self._path.stat().st_size < self._offset
        except OSError:
            return self._offset > 0

    def read(self) -> Iterator[dict[str, Any]]:
        """A line that is cut short is left for the next time; one that is no JSON is passed
        over."""
        while True:
            try:
                with self._path.open("rb") as file:
                    file.seek(self._offset)
                    data = file.read(_READ_BYTES)
            except OSError:
                return
            whole = data[: data.rfind(b"\n") + 1]
            if not whole:
                return
            self._offset += len(whole)
            yield from filter(None, map(_parse, whole.splitlines()))


def _parse(line: bytes) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    if not isinstance(record, dict) or record.get("schema_version") != SCHEMA_VERSION:
        return None
    return record


@dataclass
class _State:
    """Takes events one after the other."""

    phase: str | None = None
    began_s: float | None = None
    process_began_s: float | None = None
    ready: Ready | None = None
    losses: list[LossPoint] = field(default_factory=list)
    evaluations: list[EvaluationPoint] = field(default_factory=list)
    sampled: list[tuple[int, str]] = field(default_factory=list)
    resumed: list[int] = field(default_factory=list)
    best_step: int | None = None
    failure: Failure | None = None
    is_stopped: bool = False
    is_finished: bool = False
    ended_early: bool = False
    # Of the processes before: training time, and the tokens up to where this one went on.
    past_s: float = 0.0
    past_tokens: int = 0
    # Of this process.
    elapsed_s: float = 0.0

    def take(self, event: Mapping[str, Any]) -> None:
        handler = _HANDLERS.get(str(event.get("event")))
        if handler is None:
            return
        try:
            handler(self, event)
        except (KeyError, TypeError, ValueError):
            return  # a line of another's making: what it says is not known

    def progress(
        self,
        sample_sets: Mapping[tuple[int, str], SampleSet],
        points: Sequence[MachinePoint],
    ) -> Progress:
        return Progress(
            phase=self.phase,
            began_s=self.began_s,
            process_began_s=self.process_began_s,
            ready=self.ready,
            losses=tuple(self.losses),
            evaluations=tuple(self.evaluations),
            samples=tuple(sample_sets[key] for key in self.sampled if key in sample_sets),
            machine=tuple(points),
            resumed=tuple(self.resumed),
            best_step=self.best_step,
            elapsed_s=self.past_s + self.elapsed_s,
            failure=self.failure,
            is_stopped=self.is_stopped,
            is_finished=self.is_finished,
            ended_early=self.ended_early,
        )

    def _started(self, event: Mapping[str, Any]) -> None:
        self.process_began_s = float(event["time_s"])
        self.began_s = self.began_s or self.process_began_s
        self.past_s, self.elapsed_s = self.past_s + self.elapsed_s, 0.0
        self.failure, self.is_stopped, self.phase = None, False, "starting"

    def _phase(self, event: Mapping[str, Any]) -> None:
        self.phase = str(event["phase"])

    def _ready(self, event: Mapping[str, Any]) -> None:
        self.ready = Ready(
            device=str(event["device"]),
            bf16=bool(event["bf16"]),
            parameters=int(event["parameters"]),
            trainable_parameters=int(event["trainable_parameters"]),
            train_rows=int(event["train_rows"]),
            validation_rows=int(event["validation_rows"]),
            total_steps=int(event["total_steps"]),
            packing=bool(event.get("packing")),
            new_modules=tuple(map(str, event.get("new_modules") or ())),
            best_metric=_text(event.get("best_metric")),
        )
        self.phase = None

    def _resumed(self, event: Mapping[str, Any]) -> None:
        """What came after that step is undone; from step 0 the untrained model is judged again."""
        step = int(event["step"])
        last = step or -1
        self.losses = [point for point in self.losses if point.step <= last]
        self.evaluations = [point for point in self.evaluations if point.step <= last]
        self.sampled = [key for key in self.sampled if key[0] <= last]
        self.past_tokens = (self.losses[-1].tokens or 0) if self.losses else 0
        self.resumed.append(step)

    def _loss(self, event: Mapping[str, Any]) -> None:
        self.elapsed_s = float(event.get("elapsed_s") or self.elapsed_s)
        tokens = event.get("tokens")
        self.losses.append(
            LossPoint(
                step=int(event["step"]),
                time_s=float(event["time_s"]),
                elapsed_s=self.past_s + self.elapsed_s,
                epoch=_number(event.get("epoch")),
                tokens=None if tokens is None else self.past_tokens + int(tokens),
                loss_nats=_number(event.get("loss_nats")),
                learning_rate=_number(event.get("learning_rate")),
                grad_norm=_number(event.get("grad_norm")),
                tokens_per_s=_number(event.get("tokens_per_s")),
                remaining_s=_number(event.get("remaining_s")),
            )
        )

    def _evaluation(self, event: Mapping[str, Any]) -> None:
        step = int(event["step"])
        self.elapsed_s = float(event.get("elapsed_s") or self.elapsed_s)
        metrics = {
            str(name): number
            for name, value in dict(event["metrics"]).items()
            if (number := _number(value)) is not None
        }
        tokens = (self.losses[-1].tokens or 0) if self.losses else 0
        self.evaluations.append(
            EvaluationPoint(step, self.past_s + self.elapsed_s, tokens, metrics)
        )

    def _checkpoint(self, event: Mapping[str, Any]) -> None:
        best = event.get("best_step")
        self.best_step = None if best is None else int(best)

    def _samples(self, event: Mapping[str, Any]) -> None:
        key = (int(event["step"]), str(event["when"]))
        # A run that is killed at its end and goes on shows the same again.
        self.sampled = [*(old for old in self.sampled if old != key), key]

    def _stopped(self, event: Mapping[str, Any]) -> None:
        self.is_stopped, self.phase = True, None

    def _failed(self, event: Mapping[str, Any]) -> None:
        detail = event.get("detail")
        self.failure = Failure(
            error=str(event["error"]),
            message=str(event["message"]),
            remedy=str(event["remedy"]),
            params=dict(event.get("params") or {}),
            detail=None if detail is None else str(detail),
        )
        self.phase = None

    def _finished(self, event: Mapping[str, Any]) -> None:
        self.best_step = int(event["best_step"])
        self.is_finished, self.phase = True, None
        self.ended_early = bool(event.get("early"))


_HANDLERS = {
    "started": _State._started,
    "phase": _State._phase,
    "ready": _State._ready,
    "resumed": _State._resumed,
    "loss": _State._loss,
    "evaluation": _State._evaluation,
    "checkpoint": _State._checkpoint,
    "samples": _State._samples,
    "stopped": _State._stopped,
    "failed": _State._failed,
    "finished": _State._finished,
}


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _count(value: Any) -> int | None:
    return int(value) if isinstance(value, int | float) else None


def _sample_set(line: Mapping[str, Any]) -> SampleSet | None:
    step, when, samples = line.get("step"), line.get("when"), line.get("samples")
    if not isinstance(step, int) or not isinstance(when, str) or not isinstance(samples, list):
        return None
    return SampleSet(step, when, tuple(one for one in samples if isinstance(one, dict)))


def _machine_point(line: Mapping[str, Any]) -> MachinePoint | None:
    time_s = _number(line.get("time_s"))
    if time_s is None:
        return None
    return MachinePoint(
        time_s=time_s,
        step=_count(line.get("step")),
        total_steps=_count(line.get("total_steps")),
        phase=_text(line.get("phase")),
        rss_bytes=_count(line.get("rss_bytes")),
        cpu_percent=_number(line.get("cpu_percent")),
        threads=_count(line.get("threads")),
        gpu_bytes=_count(line.get("gpu_bytes")),
        gpu_total_bytes=_count(line.get("gpu_total_bytes")),
        gpu_percent=_number(line.get("gpu_percent")),
    )
