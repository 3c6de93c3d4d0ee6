"""What a run's folder holds, and which of its checkpoints are whole.

    run.yaml            what was asked (RunSpec)
    events.jsonl        what happened, see events.py
    log.txt             all that was printed
    samples.jsonl       fixed inputs, predicted before, during and after
    machine.jsonl       what the process took every few seconds, see monitor.py
    evaluation.json     what the best checkpoint said of each held-out row, see outcome.py
    decision.json       from which probability on a label is given, where somebody chose that
    tensorboard/        event files, where report_to names tensorboard
    checkpoints/STEP/   weights, config, tokenizer, the state to resume from; complete.json
    README.md           the model card
    finished.json       written last: its presence means that the run completed
    stop                asks the run to save and end
    lock                held by the one process at work

A checkpoint is written in `checkpoints/.partial/`, gets `complete.json` with the size and the
digest of each of its files last, and is then renamed. So a kill at any moment leaves whole ones
and rubbish, never something between.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from loupe.checkpoints.resolve import CHECKPOINTS_FOLDER, CONFIG_NAME
from loupe.errors import InvalidInput
from loupe.training.errors import RunIsBusy
from loupe.training.events import plain

SCHEMA_VERSION = 1
MARKER = "complete.json"
_PARTIAL = ".partial"
_REMOVED = ".removed"


class RunFolder:
    """The paths of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spec = path / "run.yaml"
        self.events = path / "events.jsonl"
        self.log = path / "log.txt"
        self.samples = path / "samples.jsonl"
        self.machine = path / "machine.jsonl"
        self.evaluation = path / "evaluation.json"
        self.decision = path / "decision.json"
        self.tensorboard = path / "tensorboard"
        self.checkpoints = path / CHECKPOINTS_FOLDER
        self.partial = self.checkpoints / _PARTIAL
        self.card = path / "README.md"
        self.finished = path / "finished.json"
        self.stop = path / "stop"
        self._lock = path / "lock"

    @property
    def id(self) -> str:
        return self.path.name

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Be the only process at work in the folder. Raises RunIsBusy, InvalidInput.

        The system lets go of the lock when the process ends, however it does.
        """
        if not self.path.is_dir():
            raise InvalidInput(
                "There is no folder “{path}”.", "Check the path.", path=str(self.path)
            )
        with self._lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise RunIsBusy(
                    "The run “{name}” is already being trained.",
                    "Wait until it ends, or stop it.",
                    name=self.id,
                ) from error
            yield

    def read_finished(self) -> dict[str, Any] | None:
        """What `finished.json` says; None where the run has not completed."""
        return read_object(self.finished)

    def write_finished(self, result: Mapping[str, Any]) -> None:
        write_whole(self.finished, {"schema_version": SCHEMA_VERSION, **result})

    def commit(self, written: Path, step: int) -> Path:
        """Make a folder that was just written the checkpoint of a step."""
        target = self.checkpoints / str(step)
        files = sorted(path for path in written.rglob("*") if path.is_file())
        names = {path.relative_to(written).as_posix(): path for path in files}
        for path in files:
            _sync(path)
        marker = {
            "schema_version": SCHEMA_VERSION,
            "step": step,
            "files": {name: path.stat().st_size for name, path in names.items()},
            "digests": {name: _digest(path) for name, path in names.items()},
        }
        write_whole(written / MARKER, marker)
        self._remove(target)
        written.rename(target)
        _sync(self.checkpoints)
        return target

    def steps(self) -> tuple[int, ...]:
        """The steps with a whole checkpoint, oldest first."""
        return tuple(sorted(int(path.name) for path in self._numbered() if is_complete(path)))

    def keep(self, steps: set[int]) -> None:
        """Remove all checkpoints but these."""
        for path in self._numbered():
            if int(path.name) not in steps:
                self._remove(path)

    def remove_incomplete(self) -> tuple[str, ...]:
        """Remove what a kill left half-written; the names of what went. Only under the lock."""
        gone = [path for path in self._numbered() if not is_complete(path)]
        for path in gone:
            self._remove(path)
        for name in (_PARTIAL, _REMOVED):
            shutil.rmtree(self.checkpoints / name, ignore_errors=True)
        return tuple(path.name for path in gone)

    def remove_damaged(self) -> tuple[int, ...]:
        """Remove checkpoints whose bytes are not those that were written; their steps.

        It reads them all: for whoever is about to go on from one. Only under the lock.
        """
        gone = [step for step in self.steps() if not is_sound(self.checkpoints / str(step))]
        for step in gone:
            self._remove(self.checkpoints / str(step))
        return tuple(gone)

    def _numbered(self) -> list[Path]:
        if not self.checkpoints.is_dir():
            return []
        return [path for path in self.checkpoints.iterdir() if path.name.isdecimal()]

    def _remove(self, path: Path) -> None:
        """Renamed first: a checkpoint under its number is never half-deleted."""
        if path.exists():
            away = self.checkpoints / _REMOVED
            shutil.rmtree(away, ignore_errors=True)
            path.rename(away)
            shutil.rmtree(away, ignore_errors=True)


def newest_complete_checkpoint(folder: Path) -> Path | None:
    """The checkpoint of a run's folder that training can go on from; reads only."""
    run = RunFolder(folder)
    steps = run.steps()
    return run.checkpoints / str(steps[-1]) if steps else None


def is_complete(checkpoint: Path) -> bool:
    """Whether all files that the marker names are there, with the sizes they had."""
    marker = read_object(checkpoint / MARKER)
    files = marker.get("files") if marker else None
    if not isinstance(files, dict) or CONFIG_NAME not in files:
        return False
    try:
        return all((checkpoint / name).stat().st_size == size for name, size in files.items())
    except OSError:
        return False


def is_sound(checkpoint: Path) -> bool:
    """Whether the files of a complete checkpoint hold the bytes that were written.

    One from before digests were kept is taken at its word.
    """
    marker = read_object(checkpoint / MARKER) or {}
    digests = marker.get("digests", {})
    try:
        return all(_digest(checkpoint / name) == digest for name, digest in digests.items())
    except OSError:
        return False


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, hashlib.blake2b).hexdigest()


def read_object(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file; None where there is none that can be read."""
    try:
        value = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def write_whole(path: Path, value: Mapping[str, Any]) -> None:
    """All of the file or nothing."""
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(json.dumps(plain(value), ensure_ascii=False, indent=1) + "\n", "utf-8")
    _sync(beside)
    beside.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
