"""Every file of a checkpoint is listed, and its hash is the one that hashlib gives."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pytest

from loupe.checkpoints.inventory.files import (
    FILES_LISTED_MAX,
    Role,
    Verdict,
    digest_files,
    list_files,
    role_of,
)
from loupe.errors import Cancelled
from tests.unit.checkpoints.hub_cache import put_in_cache


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "made"
    (made / "sub").mkdir(parents=True)
    for name, content in (
        ("config.json", b"{}"),
        ("model.safetensors", b"w" * 100_000),
        ("pytorch_model.bin", b"p" * 10),
        ("README.md", "# 模型 😀\n".encode()),
        ("empty.txt", b""),
        ("sub/modeling_own.py", b"import os"),
    ):
        (made / name).write_bytes(content)
    return made


def test_every_file_is_listed_with_its_size_and_role(folder: Path) -> None:
    found = {file.path: file for file in list_files(folder)}
    assert {name: file.size_bytes for name, file in found.items()} == {
        path.relative_to(folder).as_posix(): path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file()
    }
    assert found["pytorch_model.bin"].role is Role.PICKLE
    assert found["sub/modeling_own.py"].role is Role.CODE
    assert all(file.blob is None for file in found.values())


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("model-00001-of-00002.safetensors", Role.WEIGHTS),
        ("model.safetensors.index.json", Role.CONFIG),
        ("model.Q8_0.gguf", Role.WEIGHTS),
        ("training_args.bin", Role.PICKLE),
        ("optimizer.PT", Role.PICKLE),
        ("rng_state.pth", Role.PICKLE),
        ("data.pkl", Role.PICKLE),
        ("tokenizer.json", Role.TOKENIZER),
        ("vocab.txt", Role.TOKENIZER),
        ("spiece.model", Role.TOKENIZER),
        ("tokenizer_config.json", Role.CONFIG),
        ("run.yaml", Role.CONFIG),
        ("README.md", Role.CARD),
        ("sub/README.md", Role.OTHER),
        ("LICENSE.txt", Role.OTHER),
        ("picture.png", Role.OTHER),
    ],
)
def test_a_name_tells_what_a_file_is_for(name: str, role: Role) -> None:
    assert role_of(name) is role


def test_hashes_are_hashlibs(folder: Path) -> None:
    files = list_files(folder)
    for digest in digest_files(folder, files):
        content = (folder / digest.path).read_bytes()
        assert digest.sha256 == hashlib.sha256(content).hexdigest()
        assert digest.verdict is Verdict.UNKNOWN, "nobody said what it should be"


def test_files_of_the_cache_match_their_blobs(folder: Path, tmp_path: Path) -> None:
    snapshot = put_in_cache(tmp_path / "hub", "someone/m", folder)
    files = list_files(snapshot)
    assert {len(file.blob or "") for file in files} == {40, 64}
    found = {one.path: one for one in digest_files(snapshot, files)}
    assert {one.verdict for one in found.values()} == {Verdict.MATCHES}
    content = (folder / "model.safetensors").read_bytes()
    assert found["model.safetensors"].sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("name", ["model.safetensors", "config.json"])
def test_a_changed_byte_in_the_cache_differs(name: str, folder: Path, tmp_path: Path) -> None:
    snapshot = put_in_cache(tmp_path / "hub", "someone/m", folder)
    blob = (snapshot / name).resolve()
    content = bytearray(blob.read_bytes())
    content[-1] ^= 1
    blob.write_bytes(bytes(content))
    found = {one.path: one.verdict for one in digest_files(snapshot, list_files(snapshot))}
    assert found.pop(name) is Verdict.DIFFERS
    assert set(found.values()) == {Verdict.MATCHES}


def test_a_link_elsewhere_is_no_blob(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / ("a" * 64)
    other.write_bytes(b"x")
    (folder / "linked.safetensors").symlink_to(other)
    (folder / "nowhere.safetensors").symlink_to(tmp_path / "none")
    found = {file.path: file for file in list_files(folder)}
    assert found["linked.safetensors"].blob is None
    assert "nowhere.safetensors" not in found


def test_progress_counts_bytes_to_the_end(folder: Path) -> None:
    files = list_files(folder)
    seen: list[tuple[int, int]] = []
    digest_files(folder, files, report=lambda done, total: seen.append((done, total)))
    total = sum(file.size_bytes for file in files)
    assert seen[-1] == (total, total)
    assert [done for done, _total in seen] == sorted(done for done, _total in seen)


def test_hashing_ends_when_it_is_asked_to(folder: Path) -> None:
    def stop() -> None:
        raise Cancelled("x", "y")

    with pytest.raises(Cancelled):
        digest_files(folder, list_files(folder), stop=stop)


def test_a_file_that_goes_meanwhile_is_an_error(folder: Path) -> None:
    files = list_files(folder)
    shutil.rmtree(folder)
    with pytest.raises(OSError):
        digest_files(folder, files)


def test_one_file_is_a_list_of_one(tmp_path: Path) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF")
    files = list_files(path)
    assert [(file.path, file.size_bytes) for file in files] == [("model.gguf", 4)]
    assert digest_files(path, files)[0].sha256 == hashlib.sha256(b"GGUF").hexdigest()


def test_a_folder_of_thousands_of_files_is_cut(tmp_path: Path) -> None:
    for number in range(FILES_LISTED_MAX + 5):
        (tmp_path / f"{number:05d}").touch()
    assert len(list_files(tmp_path)) == FILES_LISTED_MAX
