"""What is on this machine is listed from names, sizes and headers, and read once."""

from __future__ import annotations

import builtins
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from loupe.checkpoints import inventory
from loupe.checkpoints.catalogue import load_catalogue
from loupe.checkpoints.convert import converted_folder
from loupe.checkpoints.inventory import (
    Condition,
    Entry,
    Where,
    describe,
    fault_in,
    locate,
    take_inventory,
)
from loupe.checkpoints.inventory.root_folders import DEPTH_MAX, FOLDERS_MAX, find_folders
from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import CheckpointNotFound, DamagedCheckpoint, NotOnThisMachine, OutsideRoots
from tests.adapters import load_tiny_adapter
from tests.tiny_models import edit_config, make_tiny
from tests.unit.checkpoints.hub_cache import put_in_cache

CARD = "---\nlicense: mit\nlanguage: [en, de]\npipeline_tag: {task}\n---\n# A model\n"


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for name in ("root", "starters", "state", "hub"):
        (tmp_path / name).mkdir()
    return Places((tmp_path / "root",), tmp_path / "starters", tmp_path / "state", tmp_path / "hub")


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny checkpoint to copy."""
    return make_tiny("bert", tmp_path_factory.mktemp("bert") / "bert")


def here(places: Places) -> dict[str, Entry]:
    return {str(entry.ref): entry for entry in take_inventory(places).entries if entry.is_here}


def size_of(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def elements_in(folder: Path) -> int:
    from safetensors.torch import load_file

    return sum(tensor.numel() for tensor in load_file(folder / "model.safetensors").values())


def test_an_empty_machine_lists_the_catalogue_alone(places: Places) -> None:
    entries = take_inventory(places).entries
    assert [entry.ref.id for entry in entries] == [entry.id for entry in load_catalogue()]
    assert {entry.where for entry in entries} == {Where.HUB}
    assert {entry.condition for entry in entries} == {Condition.ABSENT}
    assert all(entry.parameters and entry.size_bytes and entry.tasks for entry in entries)


def test_each_place_is_listed_with_what_its_files_say(places: Places, bert: Path) -> None:
    starter = Path(shutil.copytree(bert, places.starters / "small"))
    (starter / "README.md").write_text(CARD.format(task="fill-mask") + "tags", "utf-8")
    mine = Path(shutil.copytree(bert, places.roots[0] / "deep" / "mine"))
    step = Path(shutil.copytree(bert, places.runs / "first" / "checkpoints" / "20"))
    (places.runs / "first" / "README.md").write_text(CARD.format(task="fill-mask"), "utf-8")
    cached = put_in_cache(places.hub_cache, "someone/some-bert", bert)
    found = here(places)
    assert set(found) == {
        "starter:small",
        "run:first@20",
        "hub:someone/some-bert",
        f"folder:{mine}",
    }
    for ref, folder in (
        ("starter:small", starter),
        ("run:first@20", step),
        ("hub:someone/some-bert", cached),
        (f"folder:{mine}", mine),
    ):
        entry = found[ref]
        assert entry.condition is Condition.WHOLE
        assert entry.tasks == ("fill-mask",)
        assert entry.model_type == "bert"
        assert entry.parameters == elements_in(folder)
        assert entry.size_bytes == size_of(folder), ref
        assert entry.context_tokens == 64
    assert found["starter:small"].licence == "mit"
    assert found["run:first@20"].languages == ("en", "de")
    assert found[f"folder:{mine}"].licence is None


def test_a_card_is_not_counted_into_a_runs_step(places: Places, bert: Path) -> None:
    step = Path(shutil.copytree(bert, places.runs / "one" / "checkpoints" / "3"))
    before = here(places)["run:one@3"].size_bytes
    (places.runs / "one" / "README.md").write_text(CARD.format(task="fill-mask") * 50, "utf-8")
    assert here(places)["run:one@3"].size_bytes == before == size_of(step)


def test_every_saved_step_of_a_run_is_a_line_the_latest_first(places: Places, bert: Path) -> None:
    for step in (9, 10, 100):
        shutil.copytree(bert, places.runs / "one" / "checkpoints" / str(step))
    (places.runs / "one" / "checkpoints" / ".partial").mkdir()
    (places.runs / "one" / "checkpoints" / "200").mkdir()
    (places.runs / ".deleted-x" / "checkpoints" / "1").mkdir(parents=True)
    assert list(here(places)) == ["run:one@100", "run:one@10", "run:one@9"]


def test_an_adapter_names_its_base_and_counts_its_own_weights(
    places: Places, tmp_path: Path
) -> None:
    load_tiny_adapter("AutoModelForSequenceClassification", tmp_path, ("a", "b"))
    shutil.copytree(tmp_path / "moved", places.roots[0] / "lora")
    entry = here(places)[f"folder:{places.roots[0] / 'lora'}"]
    assert entry.is_adapter
    assert entry.base == f"folder:{tmp_path / 'base'}"
    assert entry.tasks == ("text-classification",)
    assert entry.parameters is not None
    assert 0 < entry.parameters < elements_in(tmp_path / "base")


def test_a_known_checkpoint_in_the_cache_keeps_what_the_catalogue_knows(
    places: Places, bert: Path
) -> None:
    known = load_catalogue()[0]
    put_in_cache(places.hub_cache, known.id, bert)
    entries = [e for e in take_inventory(places).entries if e.ref.id == known.id]
    assert [entry.where for entry in entries] == [Where.CACHE]
    assert entries[0].licence == known.licence
    assert entries[0].context_tokens == known.context_tokens
    assert entries[0].parameters == elements_in(bert), "what is here is counted, not believed"


def test_a_revision_with_a_name_is_a_line_of_its_own(places: Places, bert: Path) -> None:
    put_in_cache(places.hub_cache, "someone/m", bert)
    put_in_cache(places.hub_cache, "someone/m", bert, "refs/pr/1")
    assert list(here(places)) == ["hub:someone/m", "hub:someone/m@refs/pr/1"]


def test_an_old_short_name_and_the_new_one_are_one_line(places: Places, bert: Path) -> None:
    put_in_cache(places.hub_cache, "bert-base-uncased", bert)
    put_in_cache(places.hub_cache, "google-bert/bert-base-uncased", bert)
    found = here(places)
    assert list(found) == ["hub:google-bert/bert-base-uncased"]
    assert found["hub:google-bert/bert-base-uncased"].size_bytes == 2 * size_of(bert)


def pickled(folder: Path) -> Path:
    import torch
    from safetensors.torch import load_file

    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return folder


@pytest.mark.parametrize("where", ["folder", "hub"])
def test_a_pickle_waits_until_it_was_converted(
    where: str, places: Places, bert: Path, tmp_path: Path
) -> None:
    folder = pickled(Path(shutil.copytree(bert, tmp_path / "p")))
    if where == "hub":
        source = put_in_cache(places.hub_cache, "someone/p", folder)
        ref = CheckpointRef.parse("someone/p")
    else:
        source = Path(shutil.copytree(folder, places.roots[0] / "p"))
        ref = CheckpointRef.parse(str(source))
    assert describe(ref, places).condition is Condition.PICKLED
    assert describe(ref, places).parameters is None
    assert fault_in(source, "p") is None
    shutil.copytree(bert, converted_folder(ref, source, places.converted))
    assert describe(ref, places).condition is Condition.WHOLE
    assert locate(ref, places) == source, "its own files, not the converted ones"


def cut(folder: Path) -> None:
    path = folder / "model.safetensors"
    path.write_bytes(path.read_bytes()[:1000])


@pytest.mark.parametrize(
    ("spoil", "condition"),
    [
        (lambda f: (f / "config.json").write_text("{"), Condition.DAMAGED),
        (lambda f: (f / "config.json").write_text("[" * 100_000), Condition.DAMAGED),
        (lambda f: (f / "config.json").write_bytes(b"\xff\xfe"), Condition.DAMAGED),
        (lambda f: edit_config(f, model_type=None), Condition.DAMAGED),
        (cut, Condition.DAMAGED),
        (lambda f: (f / "model.safetensors").write_bytes(b""), Condition.DAMAGED),
        (lambda f: (f / "model.safetensors").unlink(), Condition.INCOMPLETE),
        (
            lambda f: (f / "model.safetensors").rename(f / "model-00001-of-00002.safetensors"),
            Condition.DAMAGED,
        ),
    ],
)
def test_what_is_broken_is_listed_as_broken(
    spoil: Callable[[Path], Any], condition: Condition, places: Places, bert: Path
) -> None:
    folder = Path(shutil.copytree(bert, places.starters / "broken"))
    shutil.copytree(bert, places.starters / "good")
    spoil(folder)
    found = here(places)
    assert found["starter:broken"].condition is condition
    assert found["starter:good"].condition is Condition.WHOLE
    fault = fault_in(folder, "broken")
    assert fault is not None
    assert str(folder) not in str(fault)
    assert fault_in(places.starters / "good", "good") is None


def test_a_download_that_broke_off_is_listed_with_what_it_takes(places: Places, bert: Path) -> None:
    snapshot = put_in_cache(places.hub_cache, "someone/half", bert)
    weights = snapshot / "model.safetensors"
    weights.resolve().unlink()
    blobs = places.hub_cache / "models--someone--nothing" / "blobs"
    blobs.mkdir(parents=True)
    (blobs / "x.incomplete").write_bytes(b"x" * 1000)
    found = here(places)
    assert found["hub:someone/half"].condition is Condition.INCOMPLETE
    assert found["hub:someone/nothing"].condition is Condition.INCOMPLETE
    assert found["hub:someone/nothing"].size_bytes == 1000
    with pytest.raises(NotOnThisMachine):
        locate(CheckpointRef.parse("someone/nothing"), places)


def test_an_empty_folder_in_the_cache_is_nothing(places: Places) -> None:
    (places.hub_cache / "models--someone--gone" / "refs").mkdir(parents=True)
    assert here(places) == {}


def test_a_link_out_of_the_roots_is_not_listed(places: Places, bert: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(bert, places.roots[0] / "linked"))
    (folder / "model.safetensors").unlink()
    outside = tmp_path / "secret.safetensors"
    outside.write_bytes(b"secret")
    (folder / "model.safetensors").symlink_to(outside)
    assert here(places) == {}
    with pytest.raises(OutsideRoots) as caught:
        describe(CheckpointRef.parse(str(folder)), places)
    assert "secret" not in str(caught.value)


def test_links_in_a_circle_end(places: Places, bert: Path) -> None:
    folder = Path(shutil.copytree(bert, places.roots[0] / "mine"))
    (places.roots[0] / "loop").symlink_to(places.roots[0])
    (places.roots[0] / "self.safetensors").symlink_to(places.roots[0] / "self.safetensors")
    assert list(here(places)) == [f"folder:{folder}"]


@pytest.mark.parametrize("name", ["starter:none", "run:none", "run:../../etc", "folder:/etc"])
def test_what_is_not_there_is_an_error_that_helps(name: str, places: Places) -> None:
    from loupe.errors import InvalidRef

    with pytest.raises((CheckpointNotFound, OutsideRoots, InvalidRef)) as caught:
        describe(CheckpointRef.parse(name), places)
    assert caught.value.remedy
    assert "{" not in str(caught.value)


def test_a_hub_id_that_nobody_knows_is_absent_and_says_nothing(places: Places) -> None:
    entry = describe(CheckpointRef.parse("no-one/nothing"), places)
    assert entry == Entry(CheckpointRef.parse("no-one/nothing"), Where.HUB, Condition.ABSENT)


# Only a little is read, and only once


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """How often files were opened, by name."""
    counts: Counter[str] = Counter()
    real, real_io = builtins.open, __import__("io").open

    def counted(file: Any, *args: Any, **options: Any) -> Any:
        counts[Path(os.fspath(file)).name if not isinstance(file, int) else "-"] += 1
        return real(file, *args, **options)

    monkeypatch.setattr(builtins, "open", counted)
    monkeypatch.setattr("io.open", counted)
    yield counts
    monkeypatch.setattr("io.open", real_io)


def many(places: Places, bert: Path, count: int) -> None:
    for number in range(count):
        put_in_cache(places.hub_cache, f"someone/model-{number}", bert)


def test_two_hundred_models_are_read_once_and_then_not_again(
    places: Places, bert: Path, read: Counter[str]
) -> None:
    many(places, bert, 200)
    read.clear()
    assert len(here(places)) == 200
    assert read["config.json"] == 200
    assert read["model.safetensors"] <= 200
    assert read["tokenizer.json"] == read["tokenizer_config.json"] == 0
    assert sum(read.values()) <= 5 * 200
    read.clear()
    assert len(here(places)) == 200
    contents = {name: n for name, n in read.items() if name not in ("main", "catalogue.toml")}
    assert contents == {}, "nothing has changed"


def test_a_header_is_read_and_not_the_weights(
    places: Places, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import safetensors

    put_in_cache(places.hub_cache, "someone/m", bert)
    for name in ("safe_open",):
        monkeypatch.setattr(safetensors, name, lambda *_: pytest.fail("weights were opened"))
    real = Path.read_bytes
    monkeypatch.setattr(
        Path,
        "read_bytes",
        lambda path: pytest.fail(f"all of {path.name}") if "safe" in path.name else real(path),
    )
    assert here(places)["hub:someone/m"].parameters == elements_in_header(bert)


def elements_in_header(folder: Path) -> int:
    from loupe.checkpoints.weights import stored_tensors

    return sum(tensor.elements for tensor in stored_tensors(folder))


def test_a_file_that_changes_is_read_again(places: Places, bert: Path) -> None:
    folder = Path(shutil.copytree(bert, places.roots[0] / "mine"))
    ref = f"folder:{folder}"
    assert here(places)[ref].licence is None
    (folder / "README.md").write_text(CARD.format(task="fill-mask"), "utf-8")
    assert here(places)[ref].licence == "mit"
    edit_config(folder, architectures=["BertForTokenClassification"])
    assert here(places)[ref].tasks == ("token-classification",)
    (folder / "README.md").unlink()
    assert here(places)[ref].licence is None


# Folders of a person's own


def test_only_names_are_read_to_find_folders(tmp_path: Path, read: Counter[str]) -> None:
    (tmp_path / "a").mkdir()
    for name in ("config.json", "model.safetensors"):
        (tmp_path / "a" / name).write_text("no checkpoint at all")
    read.clear()
    assert find_folders([tmp_path], ()).folders == (tmp_path / "a",)
    assert sum(read.values()) == 0


def test_hidden_linked_and_skipped_folders_are_left_out(tmp_path: Path) -> None:
    for name in (".hidden", "skipped", "node_modules", "kept", "outside"):
        folder = tmp_path / name / "model"
        folder.mkdir(parents=True)
        (folder / "config.json").touch()
        (folder / "model.safetensors").touch()
    root = tmp_path / "root"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    found = find_folders([root, tmp_path / "kept", tmp_path], [tmp_path / "skipped"])
    assert found.folders == (tmp_path / "kept" / "model", tmp_path / "outside" / "model")
    assert not found.is_cut


def test_a_deep_or_wide_tree_is_not_walked_to_its_end(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*[str(level) for level in range(DEPTH_MAX + 2)])
    deep.mkdir(parents=True)
    assert find_folders([tmp_path], ()).is_cut
    wide = tmp_path / "wide"
    wide.mkdir()
    for number in range(FOLDERS_MAX + 5):
        (wide / str(number)).mkdir()
    assert find_folders([wide], ()).is_cut


def test_a_gguf_file_is_a_checkpoint_of_its_own(places: Places) -> None:
    folder = places.roots[0] / "gguf"
    folder.mkdir()
    for name in ("a.gguf", "b.gguf"):
        (folder / name).write_bytes(b"GGUF")
    found = here(places)
    assert list(found) == [f"folder:{folder / 'a.gguf'}", f"folder:{folder / 'b.gguf'}"]
    assert {entry.tasks for entry in found.values()} == {("text-generation",)}
    assert {entry.size_bytes for entry in found.values()} == {4}


def test_a_folder_that_may_not_be_read_is_passed_over(
    places: Places, bert: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = Path(shutil.copytree(bert, places.roots[0] / "good"))
    (places.roots[0] / "locked").mkdir()
    real = os.scandir

    def scandir(path: Any) -> Any:
        if str(path).endswith("locked"):
            raise PermissionError(path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    assert list(here(places)) == [f"folder:{good}"]


def test_the_public_names_are_all_there() -> None:
    assert all(hasattr(inventory, name) for name in inventory.__all__)


def test_an_entry_is_frozen_and_compared_by_its_values() -> None:
    one = Entry(CheckpointRef.parse("a/b"), Where.HUB, Condition.ABSENT)
    assert replace(one) == one
    assert not one.is_here
    assert json.dumps(str(one.ref)) == '"hub:a/b"'


def test_a_damaged_checkpoint_says_which_file(places: Places, bert: Path) -> None:
    folder = Path(shutil.copytree(bert, places.starters / "cut"))
    cut(folder)
    fault = fault_in(folder, "cut")
    assert isinstance(fault, DamagedCheckpoint)
    assert "model.safetensors" in str(fault)
