"""Tokenizers are loaded once, belong to one thread at a time, and are found without weights."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.checkpoints.resolve import ResolvedCheckpoint, resolve
from loupe.errors import (
    CheckpointError,
    CheckpointNotFound,
    MissingTokenizer,
    NeedsConversion,
    NotOnThisMachine,
)
from loupe.tokenization import cut
from loupe.tokenization.shelf import Held, Shelf, find_tokenizer
from loupe.tokenization.words.explain import explain_word
from tests.tiny_models import make_tiny
from tests.unit.checkpoints.hub_cache import put_in_cache

TEXT = "The capital of France"


@pytest.fixture
def root(tmp_path: Path, made: Path) -> Path:
    folder = tmp_path / "root"
    shutil.copytree(made, folder / "bert")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny("bert", tmp_path_factory.mktemp("made") / "bert")


@pytest.fixture
def shelf(root: Path, tmp_path: Path) -> Shelf:
    environment = {
        "LOUPE_ROOTS": str(root),
        "LOUPE_HOME": str(tmp_path / "home"),
        "HF_HOME": str(tmp_path / "hub"),
    }
    return Shelf(Places.from_environment(environment, tmp_path, only_this_machine=True), kept=2)


def ref(root: Path, name: str = "bert") -> CheckpointRef:
    return CheckpointRef(Kind.FOLDER, str(root / name))


def test_it_is_loaded_once_and_again_when_its_files_change(shelf: Shelf, root: Path) -> None:
    seen: list[object] = []
    for _ in range(2):
        shelf.use(ref(root), lambda held: seen.append(held.alone.tokenizer))
    assert seen[0] is seen[1]
    file = root / "bert" / "tokenizer.json"
    file.write_text(file.read_text("utf-8") + "\n", "utf-8")
    shelf.use(ref(root), lambda held: seen.append(held.alone.tokenizer))
    assert seen[2] is not seen[0]


def test_the_weights_are_not_read_again_for_the_next_question(
    shelf: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[CheckpointRef] = []

    def looking(wanted: CheckpointRef, places: Places) -> ResolvedCheckpoint:
        looked.append(wanted)
        return resolve(wanted, places)

    monkeypatch.setattr("loupe.tokenization.shelf.resolve", looking)
    for _ in range(3):
        shelf.use(ref(root), lambda held: held.name)
    assert looked == [ref(root)]


def test_the_weights_are_not_needed(shelf: Shelf, root: Path) -> None:
    (root / "bert" / "model.safetensors").unlink()
    found = shelf.use(ref(root), lambda held: cut(held.alone, TEXT, held.name))
    assert found.agreement is not None
    assert found.agreement.holds


def test_the_least_recently_used_leaves(shelf: Shelf, root: Path) -> None:
    for name in ("b", "c"):
        shutil.copytree(root / "bert", root / name)
    first = shelf.use(ref(root), lambda held: held.alone.tokenizer)
    shelf.use(ref(root, "b"), lambda held: held.name)
    assert shelf.use(ref(root), lambda held: held.alone.tokenizer) is first
    shelf.use(ref(root, "c"), lambda held: held.name)
    assert shelf.use(ref(root), lambda held: held.alone.tokenizer) is first
    assert list(shelf._shelf) == [ref(root, "c"), ref(root)]


def test_two_threads_never_hold_it_at_once(shelf: Shelf, root: Path) -> None:
    inside: list[int] = []
    most: list[int] = []
    wait = threading.Event()

    def work(held: Held) -> list[int]:
        inside.append(1)
        most.append(len(inside))
        wait.wait(0.005)
        ids = [token.token_id for token in cut(held.alone, TEXT, held.name).tokens]
        inside.pop()
        return ids

    found: list[list[int]] = []
    threads = [
        threading.Thread(target=lambda: found.append(shelf.use(ref(root), work))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1
    assert len(found) == 6
    assert all(ids == found[0] for ids in found)


def test_a_words_table_is_read_once(shelf: Shelf, root: Path) -> None:
    explained = shelf.use(ref(root), lambda held: explain_word(held, "unbelievable"))
    assert explained.agrees
    memo = shelf.use(ref(root), lambda held: dict(held.memo))
    again = shelf.use(ref(root), lambda held: (explain_word(held, "cat"), dict(held.memo))[1])
    assert memo == again
    assert len(memo) == 1


def test_one_that_cannot_be_loaded_leaves_the_next_question_free(shelf: Shelf, root: Path) -> None:
    file = root / "bert" / "tokenizer.json"
    good = file.read_text("utf-8")
    file.write_text("{", "utf-8")
    with pytest.raises(CheckpointError):
        shelf.use(ref(root), lambda held: held.name)
    file.write_text(good, "utf-8")
    assert shelf.use(ref(root), lambda held: held.name)


def test_a_pickle_of_the_hub_stands_in_nobodys_way(shelf: Shelf, root: Path) -> None:
    folder = root / "bert"
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    cache = shelf._places.hub_cache
    put_in_cache(cache, "owner/name", folder)
    wanted = CheckpointRef(Kind.HUB, "owner/name")
    with pytest.raises(NeedsConversion):
        resolve(wanted, shelf._places)
    found = shelf.use(wanted, lambda held: cut(held.alone, TEXT, held.name))
    assert found.agreement is not None
    assert found.agreement.holds
    assert find_tokenizer(wanted, shelf._places).folder.is_relative_to(cache)


@pytest.mark.parametrize("cause", ["no tokenizer", "no folder", "not here"])
def test_what_is_missing_is_said(cause: str, shelf: Shelf, root: Path) -> None:
    wanted, kind = ref(root), MissingTokenizer
    if cause == "no tokenizer":
        for file in [*(root / "bert").glob("*token*"), *(root / "bert").glob("vocab*")]:
            file.unlink()
    elif cause == "no folder":
        wanted, kind = ref(root, "none"), CheckpointNotFound  # type: ignore[assignment]
    else:
        wanted, kind = CheckpointRef(Kind.HUB, "nobody/none"), NotOnThisMachine  # type: ignore[assignment]
    with pytest.raises(kind) as caught:
        shelf.use(wanted, lambda held: held.name)
    assert caught.value.remedy
