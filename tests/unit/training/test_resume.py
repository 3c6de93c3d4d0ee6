"""Killed at any moment, a run goes on from its newest whole checkpoint, to the same end."""

from __future__ import annotations

import json
import random
import signal
import time
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from loupe.checkpoints.places import Places
from loupe.training.events import read_events, without_undone
from loupe.training.run_folder import RunFolder, is_complete, newest_complete_checkpoint
from tests.unit.training import child

pytestmark = pytest.mark.slow

STEPS, SAVE_EVERY, KILLS, SEED = 150, 10, 5, 20
PATIENCE_S = 60


@pytest.fixture
def spec(make_spec):
    args = {"max_steps": STEPS, "save_steps": SAVE_EVERY, "eval_steps": 50, "save_total_limit": 3}
    return make_spec(args=args)


def start(folder: Path, places: Places) -> Any:
    process = child.FORKS.Process(target=child.train, args=(folder, places))
    process.start()
    return process


def train_to_the_end(folder: Path, places: Places) -> None:
    process = start(folder, places)
    process.join(PATIENCE_S)
    assert process.exitcode == 0


def train_and_kill(folder: Path, places: Places, lines: int, seconds: float) -> None:
    """kill -9 so many seconds after the process wrote so many events; it was still at work then."""
    path = folder / "events.jsonl"
    told = path.stat().st_size if path.exists() else 0
    process = start(folder, places)
    while len(read_events(path, told)[0]) < lines:
        assert process.is_alive()
        time.sleep(0.002)
    time.sleep(seconds)
    process.kill()
    process.join(PATIENCE_S)
    assert process.exitcode == -signal.SIGKILL, "it had ended by itself"


def test_five_kills_lose_nothing_beyond_the_last_checkpoint(spec, write_run, places):
    quiet, killed = write_run(spec, "quiet"), write_run(spec, "killed")
    train_to_the_end(quiet, places)
    folder = RunFolder(killed)
    moments = random.Random(SEED)
    newest = 0
    for _ in range(KILLS):
        train_and_kill(killed, places, moments.randint(2, 20), moments.uniform(0.0, 0.05))
        assert max(folder.steps(), default=0) >= newest, "a checkpoint was lost"
        newest = max(folder.steps(), default=0)
    train_to_the_end(killed, places)

    assert folder.read_finished() is not None
    numbered = [path for path in folder.checkpoints.iterdir() if path.name.isdecimal()]
    assert numbered
    assert all(is_complete(path) for path in numbered)
    assert not folder.partial.exists()
    events, _ = read_events(folder.events)
    _check_resumes(events)
    steps = [e["step"] for e in without_undone(events) if e["event"] == "loss"]
    assert steps == [1, *range(2, STEPS + 1, 2)], "each point of the curve once, none missing"
    # Bit for bit: the order of examples, the optimizer and the random state all went on.
    assert folder.steps() == RunFolder(quiet).steps()
    undisturbed, resumed = _weights(quiet, folder.steps()[-1]), _weights(killed, folder.steps()[-1])
    assert undisturbed.keys() == resumed.keys()
    assert all(torch.equal(undisturbed[name], resumed[name]) for name in resumed)


def _check_resumes(events: list[dict[str, Any]]) -> None:
    """Each process went on from the newest checkpoint that those before it had written."""
    newest = 0
    assert any(e["event"] == "resumed" and e["step"] > 0 for e in events), (
        "no kill came after a checkpoint"
    )
    for event in events:
        if event["event"] == "resumed":
            # One that was renamed into place, and killed before it could be told, is newer still.
            assert newest <= event["step"] <= newest + SAVE_EVERY
        elif event["event"] == "checkpoint":
            newest = event["step"]


def _weights(folder: Path, step: int) -> dict[str, torch.Tensor]:
    weights: dict[str, torch.Tensor] = load_file(
        folder / "checkpoints" / str(step) / "model.safetensors"
    )
    return weights


def test_a_torn_checkpoint_is_never_offered_and_is_removed(tmp_path):
    run = RunFolder(tmp_path)
    for step in (5, 10):
        written = run.partial / f"checkpoint-{step}"
        written.mkdir(parents=True)
        (written / "config.json").write_text("{}")
        (written / "model.safetensors").write_bytes(b"12345678")
        run.commit(written, step)
    assert newest_complete_checkpoint(tmp_path) == run.checkpoints / "10"
    weights = run.checkpoints / "10" / "model.safetensors"
    weights.write_bytes(b"1234")
    assert newest_complete_checkpoint(tmp_path) == run.checkpoints / "5"
    (run.checkpoints / "15").mkdir()
    (run.checkpoints / "15" / "config.json").write_text("{}")  # no marker: whatever it is
    assert run.steps() == (5,)
    assert set(run.remove_incomplete()) == {"10", "15"}
    assert [path.name for path in run.checkpoints.iterdir()] == ["5"]


def test_a_folder_without_checkpoints_has_none(tmp_path):
    assert newest_complete_checkpoint(tmp_path) is None


def test_keeping_some_removes_the_others_whole(tmp_path):
    run = RunFolder(tmp_path)
    for step in (1, 2, 3):
        written = run.partial / f"checkpoint-{step}"
        written.mkdir(parents=True)
        (written / "config.json").write_text("{}")
        run.commit(written, step)
    run.keep({1, 3})
    assert run.steps() == (1, 3)


def test_a_checkpoint_whose_bytes_changed_is_skipped(tmp_path):
    run = RunFolder(tmp_path)
    for step in (5, 10):
        written = run.partial / "checkpoint"
        written.mkdir(parents=True)
        (written / "config.json").write_text(f'{{"step": {step}}}', "utf-8")
        run.commit(written, step)
    (run.checkpoints / "10" / "config.json").write_text('{"step": 11}', "utf-8")
    assert run.steps() == (5, 10), "its sizes are right: only its bytes tell"
    assert run.remove_damaged() == (10,)
    assert run.steps() == (5,)
    assert run.remove_damaged() == ()


def test_a_checkpoint_from_before_digests_is_kept(tmp_path):
    run = RunFolder(tmp_path)
    folder = run.checkpoints / "5"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}", "utf-8")
    marker = {"schema_version": 1, "step": 5, "files": {"config.json": 2}}
    (folder / "complete.json").write_text(json.dumps(marker), "utf-8")
    assert run.remove_damaged() == ()
    assert run.steps() == (5,)
