"""What is deleted is what was named, and the bytes that are said to be free are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from huggingface_hub import DeleteCacheStrategy

from loupe.checkpoints.convert import MANIFEST
from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.inventory.deleting import (
    NotDeleted,
    delete,
    plan_deletion,
    size_on_disk,
    why_not_deletable,
)
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import CheckpointNotFound, DamagedCheckpoint
from tests.unit.checkpoints.hub_cache import put_in_cache

REF = CheckpointRef.parse("someone/model")
PR = CheckpointRef.parse("someone/model@refs/pr/1")


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places((tmp_path,), tmp_path / "starters", tmp_path / "state", tmp_path / "hub")


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "bert"}')
    (folder / "model.safetensors").write_bytes(os.urandom(300_000))
    return folder


def du(folder: Path) -> int:
    """As the program of this name counts: blocks, links not followed."""
    import subprocess

    said = subprocess.run(["du", "-s", "-B1", str(folder)], capture_output=True, check=True)
    return int(said.stdout.split()[0])


def test_the_freed_bytes_are_what_du_says(places: Places, files: Path) -> None:
    put_in_cache(places.hub_cache, "someone/model", files)
    put_in_cache(places.hub_cache, "someone/other", files)
    before = du(places.hub_cache)
    assert size_on_disk(places.hub_cache) == before
    planned = plan_deletion(REF, places)
    assert du(places.hub_cache) == before, "planning deletes nothing"
    freed = delete(REF, places)
    assert freed == before - du(places.hub_cache)
    assert 300_000 <= planned.freed_bytes <= freed
    assert find_cached(CheckpointRef.parse("someone/other"), places.hub_cache) is not None
    assert not (places.hub_cache / "models--someone--model").exists()


def test_one_revision_goes_and_what_others_share_stays(places: Places, files: Path) -> None:
    main = put_in_cache(places.hub_cache, "someone/model", files)
    (files / "model.safetensors").write_bytes(os.urandom(100_000))
    put_in_cache(places.hub_cache, "someone/model", files, "refs/pr/1")
    planned = plan_deletion(PR, places)
    assert (len(planned.revisions), planned.others) == (1, 1)
    assert planned.freed_bytes == 100_000, "the configuration is the other's too"
    before = du(places.hub_cache)
    assert delete(PR, places) == before - du(places.hub_cache)
    assert (main / "model.safetensors").stat().st_size == 300_000
    assert (main / "config.json").read_text() == '{"model_type": "bert"}'
    assert find_cached(REF, places.hub_cache) is not None


def test_without_a_revision_all_of_them_go(places: Places, files: Path) -> None:
    put_in_cache(places.hub_cache, "someone/model", files)
    put_in_cache(places.hub_cache, "someone/model", files, "refs/pr/1")
    planned = plan_deletion(REF, places)
    assert (len(planned.revisions), planned.others) == (2, 0)
    delete(REF, places)
    assert list(places.hub_cache.glob("models--someone--model")) == []


def test_an_old_and_a_new_name_with_the_same_commit_both_go(places: Places, files: Path) -> None:
    ref = CheckpointRef.parse("bert-base-uncased")
    put_in_cache(places.hub_cache, "bert-base-uncased", files)
    new = put_in_cache(places.hub_cache, "google-bert/bert-base-uncased", files)
    old = places.hub_cache / "models--bert-base-uncased" / "snapshots"
    commit = next(old.iterdir())
    commit.rename(old / new.name)
    (old.parent / "refs" / "main").write_text(new.name)
    before = du(places.hub_cache)
    assert delete(ref, places) == before - du(places.hub_cache)
    assert list(places.hub_cache.glob("models--*")) == []


def test_a_download_that_broke_off_can_be_deleted(places: Places) -> None:
    blobs = places.hub_cache / "models--someone--model" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "x.incomplete").write_bytes(b"x" * 50_000)
    assert plan_deletion(REF, places).freed_bytes == 50_000
    assert delete(REF, places) >= 50_000
    assert not blobs.parent.exists()


def test_what_was_made_of_its_pickle_goes_too(places: Places, files: Path) -> None:
    snapshot = put_in_cache(places.hub_cache, "someone/model", files)
    mine, others = places.converted / "someone--model-1", places.converted / "someone--model-2"
    for folder, source in ((mine, snapshot), (others, places.roots[0] / "elsewhere")):
        folder.mkdir(parents=True)
        (folder / MANIFEST).write_text(f'{{"source": "{source}"}}')
        (folder / "model.safetensors").write_bytes(b"x" * 9_000)
    planned = plan_deletion(REF, places)
    assert planned.converted == (mine,)
    before = du(places.hub_cache) + du(places.converted)
    assert delete(REF, places) == before - du(places.hub_cache) - du(places.converted)
    assert not mine.exists()
    assert others.is_dir()


@pytest.mark.parametrize("name", ["starter:fill-mask-en", "folder:/home/somebody/model"])
def test_what_loupe_did_not_put_there_stays(name: str) -> None:
    reason = why_not_deletable(CheckpointRef.parse(name))
    assert reason is not None
    assert reason.remedy


@pytest.mark.parametrize("name", ["hub:a/b", "run:one@3"])
def test_the_caches_and_runs_can_be_deleted(name: str) -> None:
    assert why_not_deletable(CheckpointRef.parse(name)) is None


def test_what_is_not_here_cannot_be_deleted(places: Places) -> None:
    with pytest.raises(CheckpointNotFound):
        delete(REF, places)


def test_a_link_that_leads_out_of_the_cache_is_not_followed(
    places: Places, files: Path, tmp_path: Path
) -> None:
    precious = tmp_path / "precious.safetensors"
    precious.write_bytes(b"mine")
    put_in_cache(places.hub_cache, "someone/model", files)
    odd = put_in_cache(places.hub_cache, "someone/model", files, "refs/pr/1")
    (odd / "model.safetensors").unlink()
    (odd / "model.safetensors").symlink_to(precious)
    with pytest.raises(NotDeleted):
        delete(PR, places)
    assert precious.read_bytes() == b"mine"
    assert odd.is_dir(), "nothing was deleted"
    delete(REF, places)
    assert precious.read_bytes() == b"mine", "the whole folder goes, and no link is followed"


def test_a_storage_that_is_a_link_is_refused(places: Places, files: Path, tmp_path: Path) -> None:
    put_in_cache(tmp_path / "elsewhere", "someone/model", files)
    places.hub_cache.mkdir()
    (places.hub_cache / "models--someone--model").symlink_to(
        tmp_path / "elsewhere" / "models--someone--model"
    )
    with pytest.raises(NotDeleted):
        delete(REF, places)
    assert (tmp_path / "elsewhere" / "models--someone--model" / "snapshots").is_dir()


def test_one_revision_of_a_damaged_folder_cannot_be_told_apart(places: Places, files: Path) -> None:
    snapshot = put_in_cache(places.hub_cache, "someone/model", files)
    put_in_cache(places.hub_cache, "someone/model", files, "refs/pr/1")
    (snapshot / "model.safetensors").unlink()
    (snapshot / "model.safetensors").symlink_to("../../blobs/gone")
    with pytest.raises(DamagedCheckpoint, match="whole checkpoint"):
        delete(PR, places)
    assert delete(REF, places) > 0


def _refuse(*_: object, **__: object) -> None:
    raise PermissionError("no")


def test_what_could_not_be_removed_of_half_a_download_is_said(
    places: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    blobs = places.hub_cache / "models--someone--model" / "blobs"
    blobs.mkdir(parents=True)
    monkeypatch.setattr(shutil, "rmtree", _refuse)
    with pytest.raises(DamagedCheckpoint) as caught:
        delete(REF, places)
    assert caught.value.detail is not None
    assert blobs.is_dir()


@pytest.mark.parametrize(("ref", "kept"), [(REF, "rmtree"), (PR, "rmtree"), (PR, "remove")])
def test_what_the_hubs_library_could_not_remove_is_said(
    ref: CheckpointRef, kept: str, places: Places, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_in_cache(places.hub_cache, "someone/model", files)
    (files / "model.safetensors").write_bytes(os.urandom(100_000))
    snapshot = put_in_cache(places.hub_cache, "someone/model", files, "refs/pr/1")
    converted = places.converted / "someone--model-1"
    converted.mkdir(parents=True)
    (converted / MANIFEST).write_text(f'{{"source": "{snapshot}"}}')
    asked: list[str] = []
    whole = DeleteCacheStrategy.execute

    def execute(strategy: DeleteCacheStrategy) -> None:
        asked.append("strategy")
        with monkeypatch.context() as patched:
            # What the library logs and passes over: it says that all is well.
            patched.setattr(shutil if kept == "rmtree" else os, kept, _refuse)
            whole(strategy)

    monkeypatch.setattr(DeleteCacheStrategy, "execute", execute)
    with pytest.raises(DamagedCheckpoint, match="Not all of") as caught:
        delete(ref, places)
    assert asked == ["strategy"]
    assert caught.value.remedy
    assert "still there" in (caught.value.detail or "")
    assert converted.is_dir(), "what was made of it stays with it"
