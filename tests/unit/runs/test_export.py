from __future__ import annotations

import json
import os
import time
import zipfile
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from loupe.checkpoints.places import Places
from loupe.errors import (
    Cancelled,
    CheckpointNotFound,
    DamagedCheckpoint,
    NotEnoughDisk,
)
from loupe.runs.export import ExportProgress, export
from loupe.runs.merge import merge, merge_apart
from loupe.training.run_folder import RunFolder
from loupe.training.spec import RunSpec
from tests.adapters import load_tiny_adapter
from tests.tiny_models import make_tiny
from tests.unit.runs.exported import STEP, export_run, make_run

CLASSES = "AutoModelForSequenceClassification"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(
        roots=(tmp_path,), starters=tmp_path / "none", state=tmp_path, hub_cache=tmp_path / "hub"
    )


@pytest.fixture
def run(places: Places, tmp_path: Path) -> RunFolder:
    saved = make_tiny("bert", tmp_path / "saved", auto_class=CLASSES)
    return make_run(places, "spam-filter", "text-classification", saved)


@pytest.fixture
def adapter(places: Places, tmp_path: Path) -> RunFolder:
    load_tiny_adapter(CLASSES, tmp_path / "lora", ("ham", "spam"))
    return make_run(places, "lora", "text-classification", tmp_path / "lora" / "moved")


def test_the_zip_holds_what_the_model_is_used_with_and_nothing_of_its_training(run, places):
    run.decision.write_text('{"schema_version": 1, "label": "good", "threshold": 0.4}')
    found = export_run(run, places)
    with zipfile.ZipFile(run.path.with_name("spam-filter.zip")) as archive:
        assert archive.testzip() is None
        entries = {entry.filename: entry for entry in archive.infolist()}
    assert set(entries) == {
        f"spam-filter/{name}"
        for name in (
            "README.md",
            "config.json",
            "decision.json",
            "model.safetensors",
            "predict.py",
            "requirements.txt",
            "run.yaml",
            "tokenizer.json",
            "tokenizer_config.json",
        )
    }
    assert entries["spam-filter/model.safetensors"].compress_type == zipfile.ZIP_STORED
    for name in ("model.safetensors", "config.json", "tokenizer.json"):
        assert (found.folder / name).read_bytes() == (found.checkpoint / name).read_bytes()
    assert RunSpec.read(found.folder / "run.yaml") == RunSpec.read(run.spec)
    assert json.loads((found.folder / "decision.json").read_text())["threshold"] == 0.4
    card = (found.folder / "README.md").read_text("utf-8")
    assert card.startswith("# spam-filter\n")
    assert "predict.py input.csv output.csv" in card
    assert "This folder holds step" not in card


def test_progress_counts_every_byte_to_the_end(run, places, tmp_path):
    seen: list[ExportProgress] = []
    export(run, STEP, places, tmp_path / "it.zip", on_progress=seen.append)
    checkpoint = run.checkpoints / str(STEP)
    names = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
    total = sum((checkpoint / name).stat().st_size for name in names)
    assert seen[-1] == ExportProgress(total, total)
    done = [progress.bytes_done for progress in seen]
    assert done == sorted(done)
    assert {progress.bytes_total for progress in seen} == {total}


def test_weights_in_several_files_come_along_with_their_index(places, tmp_path):
    from transformers import AutoModelForSequenceClassification

    saved = make_tiny("bert", tmp_path / "saved", auto_class=CLASSES)
    model = AutoModelForSequenceClassification.from_pretrained(saved)
    (saved / "model.safetensors").unlink()
    model.save_pretrained(saved, max_shard_size="60KB")
    found = export_run(make_run(places, "large", "text-classification", saved), places)
    shards = sorted(path.name for path in found.folder.glob("model-*.safetensors"))
    assert len(shards) > 1
    assert (found.folder / "model.safetensors.index.json").is_file()
    again = AutoModelForSequenceClassification.from_pretrained(found.folder)
    for name, weight in model.state_dict().items():
        assert torch.equal(again.state_dict()[name], weight)


@pytest.mark.slow
def test_an_adapter_leaves_merged_into_its_base(adapter, places, tmp_path):
    seen: list[ExportProgress] = []
    found = export_run(adapter, places, on_progress=seen.append)
    names = {path.name for path in found.folder.iterdir()}
    assert "model.safetensors" in names
    assert not {"adapter_config.json", "adapter_model.safetensors", "base.json"} & names
    here = tmp_path / "here"
    merge(found.checkpoint, tmp_path / "lora" / "base", here, "lora")
    ours, theirs = (load_file(f / "model.safetensors") for f in (found.folder, here))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert not any("lora" in name for name in ours)
    config = json.loads((found.folder / "config.json").read_text("utf-8"))
    assert config["id2label"] == {"0": "ham", "1": "spam"}
    assert seen[0] == ExportProgress(0, 0)
    assert nothing_else_is_left(adapter.path.parent)


def nothing_else_is_left(folder: Path) -> bool:
    return not [path for path in folder.iterdir() if path.name.startswith(".")]


@pytest.mark.slow
def test_an_adapter_whose_base_changed_is_refused_in_its_words(adapter, places, tmp_path):
    make_tiny("distilbert", tmp_path / "lora" / "base")
    target = tmp_path / "it.zip"
    with pytest.raises(DamagedCheckpoint) as raised:
        export(adapter, STEP, places, target)
    assert "trained on other weights" in str(raised.value)
    assert not target.exists()
    assert nothing_else_is_left(tmp_path)


@pytest.mark.parametrize("step", [3, 8])
def test_a_step_without_a_checkpoint_is_refused(run, places, tmp_path, step):
    with pytest.raises(CheckpointNotFound) as raised:
        export(run, step, places, tmp_path / "it.zip")
    assert "7" in str(raised.value)
    assert not (tmp_path / "it.zip").exists()


def test_a_half_written_checkpoint_is_refused(run, places, tmp_path):
    (run.checkpoints / str(STEP) / "model.safetensors").write_bytes(b"short")
    with pytest.raises(CheckpointNotFound, match="is not whole"):
        export(run, STEP, places, tmp_path / "it.zip")
    assert nothing_else_is_left(tmp_path)


def test_another_step_than_the_best_says_so_in_its_card(run, places, tmp_path):
    run.write_finished({"step": 9, "best_step": 9})
    export(run, STEP, places, tmp_path / "it.zip")
    with zipfile.ZipFile(tmp_path / "it.zip") as archive:
        card = archive.read("spam-filter/README.md").decode()
    assert "This folder holds step 7; the results above are of step 9." in card


def test_a_run_that_goes_on_is_exported_without_a_card_of_its_own(run, places, tmp_path):
    run.finished.unlink()
    run.card.unlink()
    export(run, None, places, tmp_path / "it.zip")
    with zipfile.ZipFile(tmp_path / "it.zip") as archive:
        card = archive.read("spam-filter/README.md").decode()
    assert "step 7 of a run that had not finished" in card


def test_cancelled_it_leaves_nothing(run, places, tmp_path):
    target = tmp_path / "it.zip"
    target.write_text("an older one")
    asked: list[int] = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(Cancelled):
        export(run, STEP, places, target, cancelled=cancelled)
    assert target.read_text() == "an older one"
    assert nothing_else_is_left(tmp_path)


def test_a_merge_that_is_cancelled_ends_its_process(adapter, places, tmp_path):
    pids: list[int] = []

    def wait(_seconds: float) -> None:
        job = next(tmp_path.glob(".*.export/merged.job/job.json"))
        pids.append(json.loads(job.read_text())["parent_pid"])

    began = time.monotonic()
    with pytest.raises(Cancelled):
        export(adapter, STEP, places, tmp_path / "it.zip", cancelled=lambda: bool(pids), wait=wait)
    assert pids == [os.getpid()]
    assert time.monotonic() - began < 30
    assert nothing_else_is_left(tmp_path)


@pytest.mark.slow
def test_a_merge_that_dies_without_a_word_is_said(adapter, tmp_path):
    target = tmp_path / "merged"
    with pytest.raises(DamagedCheckpoint) as raised:
        merge_apart(
            adapter.checkpoints / str(STEP),
            tmp_path / "lora" / "base",
            target,
            "lora",
            cancelled=lambda: False,
            wait=time.sleep,
            environment={"PYTHONHOME": "/nowhere"},
        )
    assert "could not be merged" in str(raised.value)
    assert raised.value.detail
    assert not target.with_name("merged.job").exists()


def test_without_room_it_says_so_before_it_writes(run, places, tmp_path):
    with pytest.raises(NotEnoughDisk) as raised:
        export(run, STEP, places, tmp_path / "it.zip", disk_free=lambda _: 1000)
    assert raised.value.detail is not None
    assert "MB needed" in raised.value.detail
    assert not (tmp_path / "it.zip").exists()
    assert nothing_else_is_left(tmp_path)


def test_a_disk_that_fills_meanwhile_is_the_same_fault(run, places, tmp_path):
    def full(_progress: ExportProgress) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(NotEnoughDisk):
        export(run, STEP, places, tmp_path / "it.zip", on_progress=full)
    assert nothing_else_is_left(tmp_path)


def test_what_a_kill_left_behind_is_cleared_away(run, places, tmp_path):
    left = tmp_path / ".abc.export"
    left.mkdir()
    old = time.time() - 2 * 24 * 3600
    os.utime(left, (old, old))
    export(run, STEP, places, tmp_path / "it.zip")
    assert not left.exists()
