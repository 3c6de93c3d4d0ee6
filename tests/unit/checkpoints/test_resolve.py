"""From a name to a folder: starters, folders, runs, the hub's cache."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.errors import CheckpointNotFound, NeedsConversion, NotOnThisMachine, OutsideRoots
from tests.tiny_models import make_tiny

COMMIT = "0123456789" * 4


@pytest.fixture
def places(tmp_path: Path) -> Places:
    folders = [tmp_path / name for name in ("mine", "starters", "state", "cache")]
    for folder in folders:
        folder.mkdir()
    mine, starters, state, cache = folders
    return Places((mine,), starters, state, cache)


def make_snapshot(places: Places, name: str = "owner/name") -> Path:
    """A downloaded checkpoint as the hub's library lays it out: links into blobs."""
    storage = places.hub_cache / ("models--" + name.replace("/", "--"))
    snapshot = storage / "snapshots" / COMMIT
    make_tiny("bert", snapshot)
    (storage / "blobs").mkdir()
    for i, file in enumerate(sorted(snapshot.iterdir())):
        blob = storage / "blobs" / f"{i:040x}"
        file.rename(blob)
        file.symlink_to(Path("../../blobs") / blob.name)
    (storage / "refs").mkdir()
    (storage / "refs" / "main").write_text(COMMIT)
    return snapshot


def find(text: str, places: Places):
    return resolve(CheckpointRef.parse(text), places)


def test_a_starter_is_found_and_its_revision_is_its_weights(places):
    make_tiny("bert", places.starters / "one")
    make_tiny("gpt2", places.starters / "two")
    one, two = find("starter:one", places), find("starter:two", places)
    assert one.folder == places.starters / "one"
    assert one.revision != two.revision
    assert len(one.revision or "") == 16
    with pytest.raises(CheckpointNotFound, match="one, two"):
        find("starter:three", places)


def test_a_folder_is_found_inside_the_roots_and_refused_outside(places, tmp_path):
    make_tiny("bert", places.roots[0] / "bert")
    make_tiny("bert", tmp_path / "elsewhere")
    assert find(f"folder:{places.roots[0]}/bert", places).folder == places.roots[0] / "bert"
    with pytest.raises(OutsideRoots):
        find(f"folder:{tmp_path}/elsewhere", places)
    (places.roots[0] / "way").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutsideRoots):
        find(f"folder:{places.roots[0]}/way", places)


def test_a_link_inside_a_folder_cannot_fetch_a_file_from_outside(places, tmp_path):
    folder = make_tiny("bert", places.roots[0] / "bert")
    (tmp_path / "secret").write_text("x")
    (folder / "vocab.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(OutsideRoots):
        find(f"folder:{folder}", places)


def test_a_folder_that_is_no_checkpoint_is_refused_before_it_is_walked(places, monkeypatch):
    monkeypatch.setattr("loupe.checkpoints.resolve.check_links", lambda *_: pytest.fail("walked"))
    with pytest.raises(CheckpointNotFound, match=r"config\.json"):
        find(f"folder:{places.roots[0]}", places)


def test_a_gguf_file_is_a_checkpoint_by_itself(places):
    file = places.roots[0] / "tiny.gguf"
    file.write_bytes(b"GGUF")
    assert find(f"folder:{file}", places).folder == file
    assert find(f"folder:{places.roots[0]}", places).folder == places.roots[0]


def test_a_downloaded_checkpoint_is_found_with_its_commit_and_may_link_into_the_cache(places):
    snapshot = make_snapshot(places)
    for text in ("owner/name", f"hub:owner/name@{COMMIT}"):
        found = find(text, places)
        assert (found.folder, found.revision) == (snapshot, COMMIT)
        assert found.roots == (places.hub_cache,)


def test_a_link_out_of_the_hubs_cache_is_refused(places, tmp_path):
    snapshot = make_snapshot(places)
    (tmp_path / "secret").write_text("x")
    (snapshot / "vocab.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(OutsideRoots):
        find("owner/name", places)


def test_a_checkpoint_that_was_not_downloaded_is_not_looked_for_elsewhere(places):
    with pytest.raises(NotOnThisMachine, match="owner/name"):
        find("owner/name", places)
    with pytest.raises(NotOnThisMachine):
        find("owner/name@another", places)


def test_a_pickled_checkpoint_needs_conversion_and_afterwards_is_found_converted(
    places, monkeypatch
):
    snapshot = make_snapshot(places)
    (snapshot / "model.safetensors").rename(snapshot / "pytorch_model.bin")
    with pytest.raises(NeedsConversion):
        find("owner/name", places)
    converted = make_tiny("bert", places.converted / "owner--name")
    monkeypatch.setattr("loupe.checkpoints.convert.find_converted", lambda *_: converted)
    found = find("owner/name", places)
    assert (found.folder, found.revision) == (converted, COMMIT)
    assert found.roots == (places.converted,)
    folder = make_tiny("bert", places.roots[0] / "bert")
    assert find(f"folder:{folder}", places).folder == folder, "safetensors need no conversion"


def test_a_run_is_its_best_or_last_whole_checkpoint_or_the_step_that_was_asked_for(places):
    folder = places.runs / "r1" / "checkpoints"
    for step in (5, 10, 100):
        make_tiny("bert", folder / str(step))
    (folder / "200").mkdir()  # still being written
    (folder / "tmp-300").mkdir()
    assert find("run:r1", places).revision == "100"
    assert find("run:r1@5", places).folder == folder / "5"
    for best, revision in ((10, "10"), (77, "100"), ("x", "100")):
        (places.runs / "r1" / "finished.json").write_text(json.dumps({"best_step": best}), "utf-8")
        assert find("run:r1", places).revision == revision, "its best, where that is known and here"
    (places.runs / "r1" / "finished.json").write_text("[", "utf-8")
    assert find("run:r1", places).revision == "100"
    with pytest.raises(CheckpointNotFound, match="5, 10, 100"):
        find("run:r1@200", places)
    with pytest.raises(CheckpointNotFound):
        find("run:r2", places)
