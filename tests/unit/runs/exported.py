"""Runs that never trained, exported, and their predict.py run where only torch and transformers
are."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from loupe.checkpoints.places import Places
from loupe.data.spec import DataSpec, Source
from loupe.runs.export import export
from loupe.training.run_folder import RunFolder
from loupe.training.spec import ModelSpec, RunSpec

STEP = 7

# Runs several scripts in one process: importing transformers takes longer than all of them.
_RUNNER = """
import contextlib, importlib.machinery, importlib.util, io, json, runpy, socket, sys

BLOCKED = {blocked!r}


class OnlySome(importlib.machinery.PathFinder):
    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in BLOCKED:
            return None
        return super().find_spec(name, path, target)


def refuse(*_):
    raise AssertionError("a script reached for the network")


finders = [OnlySome if f is importlib.machinery.PathFinder else f for f in sys.meta_path]
sys.meta_path[:] = finders
socket.socket.connect = refuse
assert all(importlib.util.find_spec(name) is None for name in BLOCKED)
results = []
for script, arguments in json.loads(sys.stdin.read()):
    sys.argv = [script, *arguments]
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            runpy.run_path(script, run_name="__main__")
            code = 0
        except SystemExit as end:
            code = end.code
    results.append([code, said.getvalue()])
assert not BLOCKED & {{name.partition(".")[0] for name in sys.modules}}
print(json.dumps(results))
"""
# All that Loupe needs and predict.py must not.
BLOCKED = {
    "loupe",
    "peft",
    "datasets",
    "streamlit",
    "pandas",
    "accelerate",
    "sklearn",
    "pyarrow",
    "seqeval",
    "pydantic",
}


@dataclass(frozen=True)
class Exported:
    """run: its folder. checkpoint: what was exported. folder: the zip's, unpacked."""

    run: RunFolder
    checkpoint: Path
    folder: Path

    @property
    def script(self) -> str:
        return str(self.folder / "predict.py")


def make_run(places: Places, name: str, task: str, saved: Path, **more: Any) -> RunFolder:
    """A run that finished at STEP with what lies in `saved`, which is moved there."""
    spec = RunSpec(
        name=name,
        task=task,  # type: ignore[arg-type]
        model=ModelSpec(checkpoint="starter:any"),
        data=DataSpec(train=(Source(path="rows.csv"),)),
        **{"max_length": 64, "max_target_length": 12, **more},
    )
    path = places.runs / name
    path.mkdir(parents=True)
    folder = RunFolder(path)
    folder.spec.write_text(spec.to_yaml(), "utf-8")
    folder.checkpoints.mkdir()
    for rubbish in ("optimizer.pt", "trainer_state.json", "training_args.bin"):
        (saved / rubbish).write_text("{}")
    folder.commit(saved, STEP)
    folder.card.write_text(f"# {name}\n", "utf-8")
    folder.write_finished({"step": STEP, "best_step": STEP})
    return folder


def export_run(run: RunFolder, places: Places, **options: Any) -> Exported:
    """Export it and unpack the zip beside it."""
    target = run.path.with_name(f"{run.id}.zip")
    export(run, None, places, target, **options)
    with zipfile.ZipFile(target) as archive:
        archive.extractall(run.path.parent / "unpacked")
    return Exported(run, run.checkpoints / str(STEP), run.path.parent / "unpacked" / run.id)


def run_scripts(jobs: Sequence[tuple[str, list[str]]], folder: Path) -> list[tuple[int, str]]:
    """(exit code, what it said) of each script with its arguments."""
    runner = folder / "runner.py"
    runner.write_text(_RUNNER.format(blocked=BLOCKED), "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(runner)],
        input=json.dumps(jobs),
        capture_output=True,
        text=True,
        check=False,
        cwd=folder,
    )
    assert done.returncode == 0, done.stderr
    return [(code, said) for code, said in json.loads(done.stdout.splitlines()[-1])]


def write_csv(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
