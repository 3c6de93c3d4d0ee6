"""One run from its folder to its last file: train, or go on from the newest whole checkpoint."""

from __future__ import annotations

import errno
import logging
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil

from loupe.checkpoints.places import Places
from loupe.data.spec import Role
from loupe.data.trainable import Trainable
from loupe.errors import LoupeError, OutOfMemory
from loupe.training.errors import DiskIsFull, is_out_of_memory
from loupe.training.events import EventWriter, read_events
from loupe.training.monitor import Monitor
from loupe.training.phases import Phase, Standing
from loupe.training.run_folder import RunFolder, newest_complete_checkpoint
from loupe.training.spec import ROLES, RunSpec
from loupe.training.stop import StopAsked, StopRequest

if TYPE_CHECKING:
    from loupe.training.session import Session

# (train, held out or None): `datasets.Dataset`s with columns named by role.
LoadRows = Callable[[RunSpec, Places], tuple[Any, Any | None]]

_LOG = logging.getLogger(__name__)

UNEXPECTED = "Training ended by an error that Loupe has no words for."
UNEXPECTED_REMEDY = "The last lines of log.txt say where; the run can be started again."


class Outcome(StrEnum):
    FINISHED = "finished"
    STOPPED = "stopped"
    FAILED = "failed"  # for a reason that its last event names
    CRASHED = "crashed"  # for one that nobody foresaw


def run(
    folder: Path,
    places: Places,
    *,
    trainable: Trainable | None = None,
    load_rows: LoadRows | None = None,
    now: Callable[[], float] = time.time,
    stop: StopRequest | None = None,
    importing: Callable[[RunSpec], AbstractContextManager[None]] | None = None,
) -> Outcome:
    """Train what `run.yaml` in `folder` says, or go on with it; done already is done.

    Errors become the event "failed", never an exception, except RunIsBusy: the folder then belongs
    to another process. trainable, load_rows: None are the task's own. now: seconds since 1970.
    stop: None is the file in the folder; an old one is taken away: who starts a run means it.
    importing: stands around the import of torch and transformers.
    """
    run_folder = RunFolder(folder)
    with run_folder.lock():
        if run_folder.read_finished() is not None:
            return Outcome.FINISHED
        if stop is None:
            stop = StopRequest(run_folder.stop)
            stop.forget()
        with EventWriter(run_folder.events, now) as events:
            job = _Job(run_folder, places, events, stop, trainable, load_rows, importing)
            with Monitor(run_folder.machine, job.standing, now):
                return _guarded(job)


def _guarded(job: _Job) -> Outcome:
    try:
        return job.run()
    except StopAsked:
        job.events("stopped", step=job.step)
        job.stop.forget()
        return Outcome.STOPPED
    except LoupeError as error:
        _tell(job.events, error)
        return Outcome.FAILED
    except Exception as error:  # the process's last line of defence: nothing may go unsaid
        _LOG.exception("Training ended by an error.")
        if is_out_of_memory(error):
            _tell(job.events, _out_of_memory(error))
            return Outcome.FAILED
        if _is_disk_full(error):
            _tell(job.events, _disk_full(error, job.step))
            return Outcome.FAILED
        _tell(
            job.events,
            LoupeError(UNEXPECTED, UNEXPECTED_REMEDY, detail=f"{type(error).__name__}: {error}"),
        )
        return Outcome.CRASHED


def _tell(events: EventWriter, error: LoupeError) -> None:
    events(
        "failed",
        error=type(error).__name__,
        message=error.message,
        remedy=error.remedy,
        params=error.params,
        detail=error.detail,
    )


# No room, no quota left, or a file larger than the system allows.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# What libraries written in other languages say of it.
_FULL_WORDS = ("no space left", "disk quota exceeded", "file too large", "writing file")


def _is_disk_full(error: BaseException | None) -> bool:
    """Also where it is the cause of what a library raised."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in _FULL:
            return True
        if any(words in str(error).lower() for words in _FULL_WORDS):
            return True
        error = error.__cause__ or error.__context__
    return False


def _disk_full(error: Exception, step: int) -> DiskIsFull:
    return DiskIsFull(
        "The disk took no more at step {step}: a file of the run could not be written.",
        "Make room, then resume: the run goes on from its last whole checkpoint.",
        step=step,
        detail=f"{type(error).__name__}: {error}",
    )


def _out_of_memory(error: Exception) -> OutOfMemory:
    return OutOfMemory(
        "The model and a batch of it do not fit into memory.",
        "Halve per_device_train_batch_size and double gradient_accumulation_steps, shorten "
        "max_length, or choose a smaller model.",
        detail=str(error),
    )


@dataclass
class _Job:
    """The phases of a run, one method each."""

    folder: RunFolder
    places: Places
    events: EventWriter
    stop: StopRequest
    given_trainable: Trainable | None
    given_rows: LoadRows | None
    importing: Callable[[RunSpec], AbstractContextManager[None]] | None = None
    step: int = 0
    phase: Phase = Phase.STARTING
    session: Session | None = None

    def run(self) -> Outcome:
        spec = RunSpec.read(self.folder.spec)
        began_before = any(e["event"] == "ready" for e in read_events(self.folder.events)[0])
        self._started(spec)
        # Imports torch and transformers, which take seconds: a fault in run.yaml is told before.
        with self.importing(spec) if self.importing else nullcontext():
            from loupe.training.session import Session

        self.folder.checkpoints.mkdir(exist_ok=True)
        self.folder.remove_incomplete()
        damaged = self.folder.remove_damaged()
        trainable = self.given_trainable or _trainable(spec.task)
        self._phase(Phase.READING)
        rows = (self.given_rows or read_and_split)(spec, self.places)
        self._phase(Phase.PREPARING)
        session = self.session = Session.prepare(
            spec, trainable, rows, self.places, self.folder, self.events, self.stop
        )
        checkpoint = newest_complete_checkpoint(self.folder.path)
        self.step = 0 if checkpoint is None else int(checkpoint.name)
        if began_before:
            self.events("resumed", step=self.step, skipped=damaged)
        self._check_stop()
        try:
            session.train(checkpoint)
        finally:
            self.step = session.step
        if session.interrupted:
            raise StopAsked
        session.finish()
        return Outcome.FINISHED

    def _started(self, spec: RunSpec) -> None:
        process = psutil.Process()
        self.events(
            "started",
            pid=process.pid,
            process_started_s=process.create_time(),
            name=spec.name,
            task=spec.task,
        )

    def standing(self) -> Standing:
        """For the monitor's thread."""
        session = self.session
        if session is None:
            return Standing(self.phase, self.step, None)
        return Standing(session.phase, max(self.step, session.step), session.plan.total_steps)

    def _phase(self, phase: Phase) -> None:
        self._check_stop()
        self.phase = phase
        self.events("phase", phase=phase)

    def _check_stop(self) -> None:
        if self.stop.asked():
            raise StopAsked


def _trainable(task: str) -> Trainable:
    from loupe.tasks.trainables import TRAINABLES

    found: Trainable = TRAINABLES[task]
    return found


def read_and_split(spec: RunSpec, places: Places) -> tuple[Any, Any | None]:
    """The rows of a run as its `data` says. Raises InvalidInput that names file and row."""
    from loupe.data.read import read_rows
    from loupe.data.recipe.training import read_cleaned
    from loupe.data.references import gather_references
    from loupe.data.split import hold_out, limit

    roles, data = ROLES[spec.task], spec.data
    roots, samples = places.data_roots, places.starters.parent / "samples"
    validation: Any | None = None
    if data.recipe.is_empty:
        train = read_rows(data.train, roles, roots=roots, samples=samples)
        if data.validation:
            validation = read_rows(data.validation, roles, roots=roots, samples=samples)
    else:
        train, validation = read_cleaned(data, roles, roots=roots, samples=samples)
    if validation is None and data.holdout > 0:
        train, validation = hold_out(train, roles[0], data.holdout)
    train = limit(train, data.max_train_rows, spec.args.seed)
    if validation is not None:
        if Role.TARGET in roles:
            validation = gather_references(validation)
        validation = limit(validation, data.max_validation_rows, spec.args.seed)
    return train, validation
