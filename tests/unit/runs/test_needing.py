"""Which runs would miss a checkpoint that is deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from loupe.checkpoints.adapters import Base, write_base
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.runs.needing import refuse_while_busy, who_needs
from loupe.runs.state import Status
from loupe.runs.store import RunStore
from loupe.training.errors import RunIsBusy
from tests.pages.runs.made_runs import make_run

BASE = "hub:someone/base"


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(Places((tmp_path,), tmp_path / "s", tmp_path, tmp_path / "hub"))


@pytest.mark.parametrize("status", list(Status))
def test_a_run_that_waits_or_trains_keeps_its_checkpoint(status: Status, store: RunStore) -> None:
    make_run(store.root, "one", checkpoint=BASE).trained(100).state(status)
    need = who_needs(CheckpointRef.parse(BASE), store)
    is_busy = status in (Status.QUEUED, Status.RUNNING)
    assert need.busy == (("one",) if is_busy else ())
    if is_busy:
        with pytest.raises(RunIsBusy, match="one"):
            refuse_while_busy(CheckpointRef.parse(BASE), store)
    else:
        refuse_while_busy(CheckpointRef.parse(BASE), store)
    refuse_while_busy(CheckpointRef.parse("hub:someone/other"), store)


def test_another_revision_of_the_same_is_needed_too(store: RunStore) -> None:
    make_run(store.root, "one", checkpoint=f"{BASE}@v2").trained(100).state(Status.QUEUED)
    assert who_needs(CheckpointRef.parse(BASE), store).busy == ("one",)


def test_an_adapter_names_the_base_that_it_cannot_do_without(store: RunStore) -> None:
    for name, base in (("mine", BASE), ("others", "hub:someone/other")):
        run = make_run(store.root, name, checkpoint=base).finished()
        folder = run.folder.checkpoints / "400"
        (folder / "adapter_config.json").write_text("{}")
        write_base(folder, Base(base, "0" * 16, "AutoModelForMaskedLM"))
        run.state(Status.FINISHED)
    make_run(store.root, "whole", checkpoint=BASE).finished().state(Status.FINISHED)
    need = who_needs(CheckpointRef.parse(BASE), store)
    assert need.adapters == ("mine",)
    assert need.busy == ()


def test_a_run_whose_files_are_gone_is_no_reason(store: RunStore) -> None:
    run = make_run(store.root, "one", checkpoint=BASE).finished().state(Status.FINISHED)
    shutil.rmtree(run.folder.checkpoints)
    assert who_needs(CheckpointRef.parse(BASE), store).adapters == ()
