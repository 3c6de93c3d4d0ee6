"""Starts a pre-flight's process, follows it, and says what became of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from loupe.checkpoints.child import PROJECT
from loupe.checkpoints.places import Places
from loupe.errors import Cancelled, EngineError, LoupeError, OutOfMemory
from loupe.training.child_environment import child_environment
from loupe.training.preflight.asked import LOG, QUESTION, REPORT, SPEC, STAGES, Asked
from loupe.training.preflight.batch_size import sizes
from loupe.training.preflight.quick import quick_findings
from loupe.training.preflight.report import PreflightReport, in_order, stop
from loupe.training.preflight.stages import Stage
from loupe.training.spec import RunSpec

POLL_S = 0.1
LOG_TAIL_CHARACTERS = 2000
# The stages in which a batch is what fills the memory.
_OF_A_BATCH = (Stage.LONGEST, Stage.TYPICAL)


def never() -> bool:
    """Nobody cancels."""
    return False


def run_preflight(
    spec: RunSpec,
    places: Places,
    folder: Path,
    *,
    models_bytes: int,
    fit_time_s: float | None = None,
    progress: Callable[[Stage], None] | None = None,
    cancelled: Callable[[], bool] = never,
) -> PreflightReport:
    """Try a run out in a process of its own; blocks for some seconds.

    folder: is made, and written to. models_bytes: what the pages' models hold on the device that
    trains. fit_time_s: `fitted` of the report is then what makes the run end within it. progress:
    is told each stage. A run that quick_findings stops already is not tried.
    Raises Cancelled.
    """
    began = time.monotonic()
    quick = quick_findings(spec, places)
    if any(finding.severity == "stop" for finding in quick):
        return PreflightReport(
            quick, time.monotonic() - began, models_bytes=models_bytes, fit_time_s=fit_time_s
        )
    folder.mkdir(parents=True, exist_ok=True)
    (folder / SPEC).write_text(spec.to_yaml(), "utf-8")
    asked = Asked(models_bytes, fit_time_s, parent_pid=os.getpid())
    found = _try(asked, spec, places, folder, progress or (lambda _: None), cancelled)
    report = replace(
        found,
        findings=in_order([*quick, *found.findings]),
        elapsed_s=time.monotonic() - began,
        models_bytes=models_bytes,
        fit_time_s=fit_time_s,
    )
    report.write(folder / REPORT)
    return report


def _try(
    asked: Asked,
    spec: RunSpec,
    places: Places,
    folder: Path,
    progress: Callable[[Stage], None],
    cancelled: Callable[[], bool],
) -> PreflightReport:
    """Once, and with smaller batches where the system killed it over one."""
    args = spec.args
    for batch in sizes(args.per_device_train_batch_size, args.gradient_accumulation_steps):
        if batch < args.per_device_train_batch_size:
            asked = replace(asked, batch_max=batch)
        code, stage = _run(asked, places, folder, progress, cancelled)
        with suppress(OSError, ValueError, KeyError, TypeError):
            return PreflightReport.read(folder / REPORT)
        if code != -signal.SIGKILL or stage not in _OF_A_BATCH:
            break
    return PreflightReport(findings=(stop("", _died(code, stage, folder)),))


def _died(code: int, stage: Stage, folder: Path) -> LoupeError:
    detail = _log_tail(folder)
    if code == -signal.SIGKILL:
        return OutOfMemory(
            "The system ended the trial of this run ({stage}), most likely for want of memory.",
            "Choose a smaller model or a shorter max_length, or train an adapter (LoRA).",
            stage=stage.value,
            detail=detail,
        )
    return EngineError(
        "The trial of this run ended without a word ({stage}, exit code {code}).",
        "Its last lines are below.",
        stage=stage.value,
        code=code,
        detail=detail,
    )


def _run(
    asked: Asked,
    places: Places,
    folder: Path,
    progress: Callable[[Stage], None],
    cancelled: Callable[[], bool],
) -> tuple[int, Stage]:
    """The process's exit code, negative for a signal, and what it was doing. Raises Cancelled."""
    for name in (STAGES, REPORT):
        (folder / name).unlink(missing_ok=True)
    asked.write(folder / QUESTION)
    stage = Stage.STARTING
    with _started(places, folder) as process:
        while process.poll() is None:
            if cancelled():
                raise Cancelled("The check was cancelled.", "Start it again when you like.")
            time.sleep(POLL_S)
            if (newest := _stage(folder)) != stage:
                stage = newest
                progress(stage)
        return process.returncode, _stage(folder)


@contextmanager
def _started(places: Places, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Ended with everything that it started, whatever happens here."""
    environment = child_environment(os.environ, places)
    paths = (str(PROJECT), environment.get("PYTHONPATH", ""))
    with (folder / LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "loupe.training.preflight", str(folder.absolute())],
            # Not the server's own: a file there could take the place of a module.
            cwd=PROJECT,
            env={**environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _stage(folder: Path) -> Stage:
    """The last one that the process began."""
    try:
        lines = (folder / STAGES).read_bytes().rpartition(b"\n")[0].splitlines()
        return Stage(json.loads(lines[-1])["stage"]) if lines else Stage.STARTING
    except (OSError, ValueError, KeyError):
        return Stage.STARTING


def _log_tail(folder: Path) -> str | None:
    try:
        text = (folder / LOG).read_text("utf-8", "replace")
    except OSError:
        return None
    return text[-LOG_TAIL_CHARACTERS:].strip() or None
