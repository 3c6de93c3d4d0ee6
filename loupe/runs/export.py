"""A run's checkpoint as one zip for use without Loupe: model, card, run.yaml and predict.py.

RUN/                    named after the run
  model.safetensors     whole weights (several files where they were sharded); an adapter is
                        merged into its base
  config.json, ...      configuration and tokenizer
  README.md             the run's model card, and how to use the folder
  run.yaml              what was asked
  decision.json         the threshold, where one was chosen
  predict.py            CSV in, CSV out
  requirements.txt      the versions it was made with
"""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from loupe.checkpoints.child import remove_abandoned
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import resolve
from loupe.checkpoints.weights import is_adapter
from loupe.errors import Cancelled, CheckpointNotFound, NotEnoughDisk
from loupe.runs.merge import merge_apart
from loupe.runs.predict_script import predict_script, requirements
from loupe.training.run_folder import RunFolder, is_complete
from loupe.training.spec import RunSpec

# What a checkpoint holds to be trained on, not to be used.
_OF_TRAINING = frozenset(
    {"trainer_state.json", "complete.json", "base.json", "adapter_config.json", "training_args.bin"}
)
# Weights, configuration, and the tokenizers' own kinds; no pickle.
_KINDS = (".safetensors", ".json", ".txt", ".model", ".spm", ".jinja")
_WEIGHTS = ".safetensors"
# No room, no quota left, or a file larger than the system allows.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CHUNK_BYTES = 1024 * 1024
_UNFINISHED = ".export"
_DISK_MARGIN_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExportProgress:
    """bytes_done of bytes_total; both 0 while an adapter is merged, which says nothing."""

    bytes_done: int
    bytes_total: int


def export(
    run: RunFolder,
    step: int | None,
    places: Places,
    target: Path,
    *,
    on_progress: Callable[[ExportProgress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    wait: Callable[[float], None] = time.sleep,
    disk_free: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free,
    environment: Mapping[str, str] | None = None,
) -> Path:
    """Write the zip of one checkpoint; `target` appears whole or not at all.

    step: None is the best, or the last of a run that has not finished.
    Raises CheckpointNotFound, NotEnoughDisk, Cancelled, and for an adapter what finding and loading
    its base raise (NotOnThisMachine, DamagedCheckpoint, OutOfMemory).
    """
    spec = RunSpec.read(run.spec)
    remove_abandoned(target.parent.glob(f".*{_UNFINISHED}"))
    with tempfile.TemporaryDirectory(suffix=_UNFINISHED, prefix=".", dir=target.parent) as name:
        work = Path(name)
        with _disk_faults(target):
            checkpoint = _checkpoint(run, step, places)
            chosen_step = int(checkpoint.name)
            model = checkpoint
            if is_adapter(checkpoint):
                on_progress(ExportProgress(0, 0))
                model = _merged(run, checkpoint, places, work, cancelled, wait, environment)
            files = _files(model)
            texts = _texts(run, spec, chosen_step, frozenset(files))
            needed = sum(path.stat().st_size for path in files.values()) + _DISK_MARGIN_BYTES
            _check_disk(needed, target, disk_free)
            zipped = work / "export.zip"
            made_s = checkpoint.stat().st_mtime
            _Zip(run.id, made_s, on_progress, cancelled).write(zipped, files, texts)
            zipped.replace(target)
    return target


def _checkpoint(run: RunFolder, step: int | None, places: Places) -> Path:
    """The folder of a whole checkpoint. Raises CheckpointNotFound."""
    revision = None if step is None else str(step)
    found = resolve(CheckpointRef(Kind.RUN, run.id, revision), places).folder
    if not is_complete(found):
        raise CheckpointNotFound(
            "The checkpoint at step {step} of the run “{name}” is not whole.",
            "Its whole ones are: {steps}.",
            step=found.name,
            name=run.id,
            steps=", ".join(map(str, run.steps())) or "—",
        )
    return found


def _merged(
    run: RunFolder,
    checkpoint: Path,
    places: Places,
    work: Path,
    cancelled: Callable[[], bool],
    wait: Callable[[float], None],
    environment: Mapping[str, str] | None,
) -> Path:
    found = resolve(CheckpointRef(Kind.RUN, run.id, checkpoint.name), places)
    assert found.base is not None, "resolve() names the base of every adapter"
    target = work / "merged"
    target.mkdir()
    merge_apart(
        checkpoint,
        found.base.folder,
        target,
        f"{run.id} @ {checkpoint.name}",
        cancelled=cancelled,
        wait=wait,
        environment=os.environ if environment is None else environment,
    )
    return target


def _files(model: Path) -> dict[str, Path]:
    """The files that a model is used with, by name; the small ones first."""
    files = [
        path
        for path in model.iterdir()
        if path.is_file() and path.suffix in _KINDS and path.name not in _OF_TRAINING
    ]
    files.sort(key=lambda path: (path.suffix == _WEIGHTS, path.name))
    return {path.name: path for path in files}


def _texts(run: RunFolder, spec: RunSpec, step: int, files: frozenset[str]) -> dict[str, str]:
    """What is written for the export, by name."""
    texts = {
        "README.md": _readme(run, step),
        "run.yaml": run.spec.read_text("utf-8"),
        "predict.py": predict_script(spec),
        "requirements.txt": requirements(files),
    }
    if run.decision.is_file():
        texts["decision.json"] = run.decision.read_text("utf-8")
    return texts


_USE = """
## How to use it

    python3 -m venv .venv
    .venv/bin/pip install -r requirements.txt
    .venv/bin/python predict.py input.csv output.csv

`requirements.txt` names the versions that the model was made with. `predict.py` needs nothing else;
`.venv/bin/python predict.py --help` lists what it takes.
"""


def _readme(run: RunFolder, step: int) -> str:
    finished = run.read_finished()
    if finished is None or not run.card.is_file():
        head = f"# {run.id}\n\nThis is step {step} of a run that had not finished: nothing was "
        return head + "measured of it at its end.\n" + _USE
    note = ""
    if finished["best_step"] != step:
        note = (
            f"\n**This folder holds step {step}; the results above are of step "
            f"{finished['best_step']}.**\n"
        )
    return run.card.read_text("utf-8") + note + _USE


def _check_disk(needed: int, target: Path, disk_free: Callable[[Path], int]) -> None:
    free = disk_free(target.parent)
    if needed > free:
        raise _no_room(target, f"{needed / 1e6:.0f} MB needed, {free / 1e6:.0f} MB free")


@contextlib.contextmanager
def _disk_faults(target: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in _FULL:
            raise
        raise _no_room(target, str(error)) from error


def _no_room(target: Path, detail: str) -> NotEnoughDisk:
    return NotEnoughDisk(
        "The disk of {folder} took no file of this size.",
        "Make room there and try again.",
        folder=str(target.parent),
        detail=detail,
    )


@dataclass
class _Zip:
    """Writes one zip, a piece at a time. made_s: when what is in it was made, since 1970."""

    top: str
    made_s: float
    on_progress: Callable[[ExportProgress], None]
    cancelled: Callable[[], bool]
    bytes_done: int = 0
    bytes_total: int = 0

    def write(self, path: Path, files: Mapping[str, Path], texts: Mapping[str, str]) -> None:
        self.bytes_total = sum(file.stat().st_size for file in files.values())
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, text in texts.items():
                archive.writestr(self._entry(name), text)
            for name, file in files.items():
                self._add(archive, name, file)

    def _entry(self, name: str) -> zipfile.ZipInfo:
        entry = zipfile.ZipInfo(f"{self.top}/{name}", time.localtime(self.made_s)[:6])
        # Weights hardly get smaller, and take long to find that out.
        entry.compress_type = (
            zipfile.ZIP_STORED if name.endswith(_WEIGHTS) else zipfile.ZIP_DEFLATED
        )
        entry.external_attr = 0o644 << 16
        return entry

    def _add(self, archive: zipfile.ZipFile, name: str, file: Path) -> None:
        entry = self._entry(name)
        entry.file_size = file.stat().st_size  # tells whether it needs zip's long form
        with file.open("rb") as source, archive.open(entry, "w") as sink:
            while chunk := source.read(_CHUNK_BYTES):
                if self.cancelled():
                    raise Cancelled("The export was cancelled.", "Start it again when you like.")
                sink.write(chunk)
                self.bytes_done += len(chunk)
                self.on_progress(ExportProgress(self.bytes_done, self.bytes_total))
