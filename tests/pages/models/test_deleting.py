"""Deleting takes two clicks, frees what it says, and is refused where it would do harm."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from components import resources
from components.models import keys
from loupe.checkpoints.adapters import Base, write_base
from loupe.checkpoints.download import Download
from loupe.checkpoints.hub import HubSettings
from loupe.checkpoints.order import checkpoint_order
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import ModelKey
from loupe.engine.pool import LoadedSummary
from loupe.runs.state import Status
from tests.pages.models.looking import (
    STARTER,
    buttons,
    click,
    errors,
    has,
    in_address,
    names,
    shown,
    visit,
)
from tests.pages.runs.made_runs import MadeRun

DELETE = f"{keys.PAGE}_delete"
MASKED = "AutoModelForMaskedLM"


def test_a_model_of_the_cache_goes_at_the_second_click(cached: str, hub_cache: Path) -> None:
    at = visit(cached, tab="deleting")
    assert has(at, "Deleting “someone/tiny-roberta” frees")
    assert has(at, "they would miss it too")
    assert (hub_cache / "models--someone--tiny-roberta").is_dir(), "looking deletes nothing"
    at = click(at, "delete")
    assert not (hub_cache / "models--someone--tiny-roberta").exists()
    assert has(at, "“someone/tiny-roberta” is deleted", "free again")
    assert "someone/tiny-roberta" not in names(at)
    assert (shown(at), in_address(at)) == ("fill-mask-en", STARTER)
    assert not has(at.run(), "is deleted"), "said once"


def test_a_run_goes_with_all_its_steps(make: Callable[..., MadeRun], tiny_root: Path) -> None:
    run = make("mine").finished().state(Status.FINISHED)
    shutil.copytree(tiny_root / "bert", run.folder.checkpoints / "400", dirs_exist_ok=True)
    make("other").finished().state(Status.FINISHED)
    at = visit("run:mine@400", tab="deleting")
    assert has(at, "Deleting the run “mine” with all its saved steps")
    at = click(at, "delete")
    assert not run.folder.path.exists()
    assert resources.runs().folder("other").path.is_dir()
    assert "other @ 400" in names(at)


@pytest.mark.parametrize("kind", ["starter", "folder"])
def test_what_loupe_did_not_put_there_is_not_deleted(kind: str, bert: str) -> None:
    model = STARTER if kind == "starter" else bert
    at = visit(model, tab="deleting")
    assert DELETE not in buttons(at)
    assert has(at, "belongs to Loupe" if kind == "starter" else "is a folder of yours")


def test_what_is_in_memory_is_not_deleted_before_it_left(cached: str, hub_cache: Path) -> None:
    key = ModelKey(CheckpointRef.parse(cached), MASKED)
    resources.pool().submit(key, lambda *_: None).result(60)
    at = visit(cached, tab="deleting")
    assert any("is in memory. Unload it first" in error for error in errors(at))
    assert DELETE not in buttons(at)
    resources.pool().unload(key)
    assert DELETE in buttons(at.run())
    resources.pool().submit(key, lambda *_: None).result(60)
    at = click(at, "delete")
    assert any("is in memory" in error for error in errors(at)), "looked at again at the click"
    assert (hub_cache / "models--someone--tiny-roberta").is_dir()


@pytest.mark.parametrize("loaded", ["run:lora", "run:lora@400"])
def test_what_an_adapter_in_memory_changes_is_not_deleted(
    loaded: str, cached: str, make: Callable[..., MadeRun], monkeypatch: pytest.MonkeyPatch
) -> None:
    step = make("lora", checkpoint=cached).finished().state(Status.FINISHED).folder.checkpoints
    (step / "400" / "adapter_config.json").write_text("{}")
    write_base(step / "400", Base(cached, "0" * 16, MASKED))
    ref = CheckpointRef.parse(loaded)
    summary = LoadedSummary(
        key=ModelKey(ref, MASKED),
        ref=ref,
        auto_class=MASKED,
        device="cpu",
        dtype="float32",
        revision="400",
        bytes=1,
        in_use=False,
        loading=False,
        last_used=0.0,
    )
    monkeypatch.setattr(resources.pool(), "loaded", lambda: (summary,))
    at = visit(cached, tab="deleting")
    assert any("is in memory. Unload it first" in error for error in errors(at))
    assert DELETE not in buttons(at)
    monkeypatch.setattr(resources.pool(), "loaded", lambda: ())
    assert DELETE in buttons(at.run())


@pytest.mark.parametrize("status", [Status.QUEUED, Status.RUNNING])
def test_what_a_run_trains_from_is_not_deleted(
    status: Status, cached: str, make: Callable[..., MadeRun]
) -> None:
    make("busy", checkpoint=cached).trained(100).state(status)
    at = visit(cached, tab="deleting")
    assert any("the run “busy”" in error for error in errors(at))
    assert DELETE not in buttons(at)


def test_a_run_that_trains_is_not_deleted(make: Callable[..., MadeRun], tiny_root: Path) -> None:
    run = make("busy").trained(100).state(Status.RUNNING)
    shutil.copytree(tiny_root / "bert", run.folder.checkpoints / "100", dirs_exist_ok=True)
    at = click(visit("run:busy@100", tab="deleting"), "delete")
    assert any("Stop it first" in error for error in errors(at))
    assert run.folder.path.is_dir()


def test_the_adapters_that_would_be_lost_are_named(
    cached: str, make: Callable[..., MadeRun]
) -> None:
    run = make("lora", checkpoint=cached).finished().state(Status.FINISHED)
    step = run.folder.checkpoints / "400"
    (step / "adapter_config.json").write_text("{}")
    write_base(step, Base(cached, "0" * 16, MASKED))
    at = visit(cached, tab="deleting")
    assert has(at, "could not be used any more: lora")
    assert DELETE in buttons(at)


def test_what_is_being_downloaded_is_not_deleted(
    cached: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way = Download(
        checkpoint_order(CheckpointRef.parse(cached)), HubSettings(cache=Path("/nowhere"))
    )
    monkeypatch.setattr(resources.suppliers().downloads, "active", lambda: (under_way,))
    at = visit(cached, tab="deleting")
    assert any("is being downloaded" in error for error in errors(at))
    assert DELETE not in buttons(at)


def test_a_download_that_broke_off_can_be_deleted(hub_cache: Path) -> None:
    blobs = hub_cache / "models--someone--half" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "x.incomplete").write_bytes(b"x" * 3_000_000)
    at = visit("hub:someone/half")
    assert has(at, "hub cache · incomplete", "3.0 MB")
    assert has(at, "Deleting “someone/half” frees 3.0 MB")
    at = click(at, "delete")
    assert not blobs.exists()
    assert has(at, "is deleted")
