"""The wish behind the field's most copied first script, granted: as a run, and as a script."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from loupe.checkpoints.places import Places
from loupe.data.spec import DataSpec, Source
from loupe.training.events import read_events
from loupe.training.job import Outcome, run
from loupe.training.run_folder import RunFolder
from loupe.training.script import training_script
from loupe.training.spec import Arguments, ModelSpec, RunSpec

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).resolve().parents[3]


@pytest.fixture
def places(tmp_path) -> Places:
    return Places(
        roots=(), starters=PROJECT / "starters", state=tmp_path, hub_cache=tmp_path / "hub"
    )


@pytest.fixture
def wish() -> RunSpec:
    """One epoch, batches of 16, a checkpoint every 10 steps, two of them kept.

    max_length, which the script does not name, is short to be quick.
    """
    return RunSpec(
        name="textbook",
        task="fill-mask",
        model=ModelSpec(checkpoint="starter:fill-mask-en"),
        data=DataSpec(train=(Source(path="sample:small-texts"),)),
        args=Arguments(
            num_train_epochs=1,
            per_device_train_batch_size=16,
            save_steps=10,
            save_total_limit=2,
            eval_steps=10,
        ),
        max_length=16,
    )


def test_as_a_run_it_learns_and_keeps_two_checkpoints(wish, places, write_run):
    path = write_run(wish)
    assert run(path, places) is Outcome.FINISHED
    folder = RunFolder(path)
    events = read_events(folder.events)[0]
    losses = [e["loss_nats"] for e in events if e["event"] == "loss"]
    saved = [e["step"] for e in events if e["event"] == "checkpoint"]
    judged = [e["metrics"]["loss_nats"] for e in events if e["event"] == "evaluation"]
    assert all(loss is not None and math.isfinite(loss) for loss in [*losses, *judged])
    assert judged[-1] < judged[0]
    assert saved[:2] == [10, 20]
    assert len(saved) > 2
    assert len(folder.steps()) <= 2


def test_as_a_printed_script_it_runs_without_loupe(wish, places, tmp_path):
    args = wish.args.model_copy(update={"max_steps": 6, "eval_steps": 3})
    script = training_script(wish.model_copy(update={"args": args}), places)
    assert "loupe" not in re.sub(r'"/[^"]*"', "", script)  # but for folders on this machine
    (tmp_path / "train.py").write_text(script, "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "train.py"],
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1", "HF_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    losses = [float(loss) for loss in re.findall(r"'eval_loss_nats': '?([\d.]+)", done.stdout)]
    assert len(losses) == 4  # before, twice on the way, and of what was saved
    assert losses[-1] == pytest.approx(min(losses[1:-1]), abs=2e-3)
    assert len(list((tmp_path / "textbook").glob("checkpoint-*"))) == 2
    assert (tmp_path / "textbook" / "model.safetensors").is_file()
    assert not list((tmp_path / "textbook").glob("pytorch_model*"))
