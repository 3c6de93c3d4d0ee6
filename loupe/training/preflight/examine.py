"""A pre-flight from a run to its report: all that a run does, on a small scale."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path

from loupe.checkpoints.places import Places
from loupe.errors import LoupeError, OutOfMemory
from loupe.training.errors import is_out_of_memory
from loupe.training.job import UNEXPECTED
from loupe.training.preflight import estimate, room
from loupe.training.preflight.asked import Asked
from loupe.training.preflight.fields import field_of
from loupe.training.preflight.judging import Judged, try_evaluation, try_saving
from loupe.training.preflight.model_choice import disk_findings
from loupe.training.preflight.notes import Ended, Notes
from loupe.training.preflight.prepared import Prepared, prepare, read
from loupe.training.preflight.report import PreflightReport, stop
from loupe.training.preflight.stages import Stage
from loupe.training.preflight.stepping import Stepped, try_steps
from loupe.training.spec import RunSpec

# Trainer, its callbacks and the first batch; measured on two cores.
TRAINER_S = 0.5


def examine(
    spec: RunSpec,
    places: Places,
    folder: Path,
    asked: Asked,
    tell: Callable[[Stage], None] = lambda _: None,
    *,
    start_s: float = 0.0,
) -> PreflightReport:
    """Try the run out. Faults become findings, never an exception.

    folder: may be written to. tell: is told each stage. start_s: that this process took to start,
    which a run's does too.
    """
    notes = Notes(tell)
    notes.know(fit_time_s=asked.fit_time_s, models_bytes=asked.models_bytes)
    began = notes.now()
    try:
        _examine(spec, places, folder, asked, notes, start_s)
    except Ended:
        pass
    except LoupeError as error:
        notes.say(stop(field_of(error, spec, notes.otherwise), error))
    except Exception as error:  # whatever a library makes of it: a report says it too
        traceback.print_exc()
        notes.say(stop(notes.otherwise, _unforeseen(error)))
    notes.know(elapsed_s=start_s + notes.now() - began)
    return notes.report()


def _unforeseen(error: Exception) -> LoupeError:
    detail = f"{type(error).__name__}: {error}"
    if is_out_of_memory(error):
        return OutOfMemory(
            "The model does not fit into memory.",
            "Choose a smaller one, or give the machine more room.",
            detail=detail,
        )
    return LoupeError(UNEXPECTED, "What the library said is below.", detail=detail)


def _examine(
    spec: RunSpec, places: Places, folder: Path, asked: Asked, notes: Notes, start_s: float
) -> None:
    rows = read(spec, places, notes)
    prepared = prepare(spec, rows, places, notes)
    saved_bytes = _say_disk(spec, places, notes)
    stepped = try_steps(prepared, notes, models_bytes=asked.models_bytes, batch_max=asked.batch_max)
    judged = try_evaluation(prepared, stepped.trial, notes, free_bytes=notes.numbers["free_bytes"])
    save_s = try_saving(folder, saved_bytes, notes)
    _estimate(prepared, stepped, judged, save_s, asked.fit_time_s, start_s, notes)


def _say_disk(spec: RunSpec, places: Places, notes: Notes) -> int:
    """What fits on the disk; bytes of one checkpoint."""
    trained = int(notes.numbers["trainable_parameters"])
    saved = trained if spec.model.lora is not None else int(notes.numbers["parameters"])
    needed = room.disk_needed_bytes(saved, trained, spec.args.save_total_limit)
    free = room.disk_free_bytes(places.runs)
    notes.know(disk_needed_bytes=needed, disk_free_bytes=free)
    notes.say(*disk_findings(needed, free))
    return room.checkpoint_bytes(saved, trained)


def _estimate(
    prepared: Prepared,
    stepped: Stepped,
    judged: Judged,
    save_s: float,
    fit_time_s: float | None,
    start_s: float,
    notes: Notes,
) -> None:
    held_out = prepared.held_out is not None
    parts = estimate.Parts(
        start_s=start_s + prepared.start_s + TRAINER_S,
        step_s=stepped.step_s,
        evaluation_s=judged.evaluation_s,
        final_evaluation_s=judged.final_evaluation_s,
        sample_s=judged.sample_s,
        save_s=save_s,
    )
    notes.know(
        start_s=parts.start_s,
        evaluations=estimate.evaluations(prepared.plan, held_out=held_out),
        eta_s=estimate.eta_s(prepared.plan, parts, held_out=held_out),
    )
    if fit_time_s is not None:
        rows = len(prepared.rows.validation) if prepared.rows.validation is not None else 0
        fitted = estimate.fit(prepared.spec, prepared.examples, parts, rows, fit_time_s)
        if fitted is not None:
            notes.know(fitted=dict(fitted.changes), fitted_eta_s=fitted.eta_s)
