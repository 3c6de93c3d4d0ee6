"""Which runs would miss a checkpoint that is deleted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from loupe.checkpoints.adapters import Base, write_base
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.runs.needing import is_based_on, refuse_while_busy, who_needs
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


def make_adapter(store: RunStore, name: str, base: str) -> None:
    """A run that has finished with a change to another checkpoint."""
    run = make_run(store.root, name, checkpoint=base).finished()
    folder = run.folder.checkpoints / "400"
    (folder / "adapter_config.json").write_text("{}")
    write_base(folder, Base(base, "0" * 16, "AutoModelForMaskedLM"))
    run.state(Status.FINISHED)


def test_what_an_adapter_changes_is_needed_by_a_run_that_starts_from_it(store: RunStore) -> None:
    make_adapter(store, "lora", BASE)
    make_run(store.root, "one", checkpoint="run:lora").trained(100).state(Status.QUEUED)
    make_run(store.root, "two", checkpoint="run:lora@400").trained(100).state(Status.RUNNING)
    need = who_needs(CheckpointRef.parse(BASE), store)
    assert (set(need.busy), need.adapters) == ({"one", "two"}, ("lora",))
    with pytest.raises(RunIsBusy):
        refuse_while_busy(CheckpointRef.parse(BASE), store)
    assert set(who_needs(CheckpointRef.parse("run:lora"), store).busy) == {"one", "two"}
    assert who_needs(CheckpointRef.parse("hub:someone/other"), store).busy == ()


def test_a_run_from_scratch_needs_the_checkpoint_of_its_tokenizer(store: RunStore) -> None:
    run = make_run(store.root, "one", checkpoint=None)
    spec = yaml.safe_load(run.folder.spec.read_text("utf-8"))
    spec["model"]["tokenizer"] = {"checkpoint": BASE}
    run.folder.spec.write_text(yaml.safe_dump(spec), "utf-8")
    run.state(Status.QUEUED)
    own = make_run(store.root, "own", checkpoint=None)
    own.state(Status.QUEUED)
    assert who_needs(CheckpointRef.parse(BASE), store).busy == ("one",)
    run.state(Status.FINISHED)
    assert who_needs(CheckpointRef.parse(BASE), store).busy == ()


@pytest.mark.parametrize("name", ["run:lora", "run:lora@400"])
def test_an_adapter_is_based_on_what_it_changes_with_and_without_a_step(
    name: str, store: RunStore
) -> None:
    make_adapter(store, "lora", BASE)
    adapter = CheckpointRef.parse(name)
    assert is_based_on(adapter, CheckpointRef.parse(f"{BASE}@v2"), store.places)
    assert not is_based_on(adapter, CheckpointRef.parse("hub:someone/other"), store.places)
    assert not is_based_on(CheckpointRef.parse("run:gone"), adapter, store.places)


def test_an_adapter_names_the_base_that_it_cannot_do_without(store: RunStore) -> None:
    make_adapter(store, "mine", BASE)
    make_adapter(store, "others", "hub:someone/other")
    make_run(store.root, "whole", checkpoint=BASE).finished().state(Status.FINISHED)
    need = who_needs(CheckpointRef.parse(BASE), store)
    assert need.adapters == ("mine",)
    assert need.busy == ()


def test_a_run_whose_files_are_gone_is_no_reason(store: RunStore) -> None:
    run = make_run(store.root, "one", checkpoint=BASE).finished().state(Status.FINISHED)
    shutil.rmtree(run.folder.checkpoints)
    assert who_needs(CheckpointRef.parse(BASE), store).adapters == ()
