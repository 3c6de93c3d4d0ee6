"""Runs on disk as a training leaves them, written by hand: a page only reads files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from loupe.data.outcomes import Classes, ClassRow, Outcome
from loupe.runs.process import ProcessId
from loupe.runs.state import RunState, Status, write_state
from loupe.training.outcome import write_outcome
from loupe.training.run_folder import MARKER, RunFolder

# Markdown and HTML, as people and models write them without meaning either.
HOSTILE = "<img src=x onerror=alert(1)> **bold** [link](https://elsewhere.example) $x$"
NOW_S = 1_790_000_000.0

READY: dict[str, Any] = {
    "device": "cpu",
    "bf16": False,
    "parameters": 1000,
    "trainable_parameters": 400,
    "train_rows": 90,
    "validation_rows": 4,
    "total_steps": 400,
    "packing": False,
    "new_modules": [],
    "best_metric": "accuracy",
}


@dataclass
class MadeRun:
    """A run's folder; each method adds to its files."""

    folder: RunFolder

    @property
    def id(self) -> str:
        return self.folder.id

    def event(self, name: str, /, time_s: float = NOW_S, **fields: Any) -> MadeRun:
        return self._line(self.folder.events, {"event": name, "time_s": time_s, **fields})

    def _line(self, path: Path, record: Mapping[str, Any]) -> MadeRun:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"schema_version": 1, **record}, ensure_ascii=False) + "\n")
        return self

    def started(self) -> MadeRun:
        return self.event("started", pid=1, name=self.id, task="text-classification")

    def trained(self, step: int, *, time_s: float = NOW_S) -> MadeRun:
        """Up to a step: a curve, and evaluations before and at it."""
        self.started()
        self.event("ready", **READY)
        self.evaluation(0, accuracy=0.5, loss_nats=0.7)
        self.samples(0, "before", ("negative", 0.6))
        for at in range(max(1, step // 4), step + 1, max(1, step // 4)):
            self.event(
                "loss",
                time_s,
                step=at,
                epoch=0.1,
                loss_nats=1 / at,
                learning_rate=1e-3,
                grad_norm=1.0,
                tokens=10 * at,
                tokens_per_s=100.0,
                elapsed_s=float(at),
                remaining_s=130.0,
            )
        self.evaluation(step, accuracy=0.75, loss_nats=0.4, f1_negative=0.7)
        self.checkpoint(step)
        return self.samples(step, "during", ("positive", 0.9))

    def evaluation(self, step: int, **metrics: float) -> MadeRun:
        return self.event("evaluation", step=step, metrics=metrics, elapsed_s=float(step))

    def samples(
        self, step: int, when: str, label: tuple[str, float], text: str = "a text"
    ) -> MadeRun:
        name, probability = label
        shown = [{"input": text, "labels": [{"label": name, "probability": probability}]}]
        self._line(self.folder.samples, {"step": step, "when": when, "samples": shown})
        return self.event("samples", step=step, when=when)

    def machine(self, step: int, time_s: float, phase: str = "training") -> MadeRun:
        usual = {"rss_bytes": 1 << 30, "cpu_percent": 90.0, "threads": 3}
        line = {"time_s": time_s, "step": step, "total_steps": 400, "phase": phase, **usual}
        return self._line(self.folder.machine, line)

    def checkpoint(self, step: int) -> MadeRun:
        path = self.folder.checkpoints / str(step)
        path.mkdir(parents=True, exist_ok=True)
        (path / "config.json").write_text("{}", "utf-8")
        marker = {"schema_version": 1, "step": step, "files": {"config.json": 2}}
        (path / MARKER).write_text(json.dumps(marker), "utf-8")
        return self.event("checkpoint", step=step, best_step=step)

    def finished(self, step: int = 400) -> MadeRun:
        self.trained(step)
        self.samples(step, "after", ("positive", 0.95))
        metrics = {"loss_nats": 0.35, "accuracy": 0.8, "f1_negative": 0.72}
        summary: dict[str, Any] = {
            "step": step,
            "best_step": step,
            "metrics": metrics,
            "elapsed_s": 61.0,
        }
        self.event("finished", **summary, early=False)
        self.folder.write_finished({**summary, "early": False})
        self.folder.card.write_text(f"# {self.id}\n\n{HOSTILE}\n", "utf-8")
        return self

    def judged(self, outcome: Outcome, step: int = 400) -> MadeRun:
        write_outcome(self.folder.evaluation, step, outcome)
        return self

    def state(self, status: Status, **more: Any) -> MadeRun:
        usual: dict[str, Any] = {"submitted_s": NOW_S, "began_s": NOW_S}
        write_state(self.folder.path, RunState(status, **{**usual, **more}))
        return self

    def running(self, **more: Any) -> MadeRun:
        """As if this process trained it."""
        return self.state(Status.RUNNING, process=ProcessId.own(), attempts=1, **more)


def make_run(
    root: Path,
    name: str,
    *,
    checkpoint: str | None = "starter:fill-mask-en",
    data: str = "sample:sentiment-train",
    task: str = "text-classification",
    args: Mapping[str, Any] | None = None,
) -> MadeRun:
    """A folder with its run.yaml alone. root: of all runs."""
    path = root / name
    path.mkdir(parents=True)
    scratch = {
        "scratch": {"family": "bert", "hidden_size": 16, "num_attention_heads": 2},
        "tokenizer": {"algorithm": "bpe", "vocab_size": 300},
    }
    spec = {
        "schema_version": 1,
        "name": name,
        "task": task,
        "model": {"checkpoint": checkpoint} if checkpoint else scratch,
        "data": {"train": [{"path": data, "columns": {"text": "text", "label": "label"}}]},
        "args": dict(args or {}),
    }
    if task == "fill-mask":
        spec["data"] = {"train": [{"path": data, "columns": {"text": "text"}}]}
    (path / "run.yaml").write_text(yaml.safe_dump(spec, allow_unicode=True), "utf-8")
    return MadeRun(RunFolder(path))


def two_classes(
    rows: Sequence[tuple[str, int, float]], labels: tuple[str, str] = ("ham", "spam")
) -> Classes:
    """rows: (text, truth, probability of the second label)."""
    return Classes(labels, tuple(ClassRow(text, truth, (1 - p, p)) for text, truth, p in rows))
