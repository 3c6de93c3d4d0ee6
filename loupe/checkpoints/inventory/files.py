"""The files of a checkpoint: what each is for, and whether its bytes are those that were sent."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from loupe.checkpoints.card import CARD_NAME
from loupe.checkpoints.hub import is_companion

FILES_LISTED_MAX = 1_000
CHUNK_BYTES = 4 * 1024 * 1024
_PICKLES = (".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle", ".joblib")
_WEIGHTS = (".safetensors", ".gguf", ".h5", ".msgpack", ".onnx", ".ot")
_CONFIGS = (".json", ".yaml", ".yml")
# The hub's cache names a file by its content: sha256 of large ones, git's own hash of the rest.
# Source: huggingface_hub, “Understand caching”.
_SHA256 = re.compile(r"[0-9a-f]{64}")
_GIT_SHA1 = re.compile(r"[0-9a-f]{40}")


class Role(StrEnum):
    """What a file is for, as its name says."""

    WEIGHTS = "weights"
    TOKENIZER = "tokenizer"
    CONFIG = "config"
    CARD = "card"
    PICKLE = "pickle"  # can run code when it is opened
    CODE = "code"
    OTHER = "other"


class Verdict(StrEnum):
    """What a file's hash says of it."""

    MATCHES = "matches"
    DIFFERS = "differs"
    UNKNOWN = "unknown"  # nobody has said what it should be


@dataclass(frozen=True, slots=True)
class StoredFile:
    """path: below the checkpoint's folder, with “/”. blob: what the hub's cache calls its content;
    None outside of the cache."""

    path: str
    size_bytes: int
    role: Role
    blob: str | None


@dataclass(frozen=True, slots=True)
class FileDigest:
    """sha256: in hexadecimal. verdict: against the name of its blob."""

    path: str
    sha256: str
    verdict: Verdict


def list_files(folder: Path) -> tuple[StoredFile, ...]:
    """Every file of a checkpoint's folder, or the one .gguf file; the first FILES_LISTED_MAX."""
    if folder.is_file():
        return (_stored(folder, folder.name),)
    found = []
    for path, name in _walk(folder):
        try:
            found.append(_stored(path, name))
        except OSError:  # a link that leads nowhere: a file that never came
            continue
        if len(found) >= FILES_LISTED_MAX:
            break
    return tuple(sorted(found, key=lambda file: file.path))


def _walk(folder: Path) -> Iterator[tuple[Path, str]]:
    for place, _folders, names in os.walk(folder):  # does not descend into linked folders
        for name in sorted(names):
            path = Path(place, name)
            yield path, path.relative_to(folder).as_posix()


def _stored(path: Path, name: str) -> StoredFile:
    return StoredFile(name, path.stat().st_size, role_of(name), _blob(path))


def role_of(name: str) -> Role:
    """name: with its folders."""
    lower = name.lower()
    if lower.endswith(_PICKLES):
        return Role.PICKLE
    if lower.endswith(".py"):
        return Role.CODE
    if lower.endswith(_WEIGHTS):
        return Role.WEIGHTS
    if name == CARD_NAME:
        return Role.CARD
    if "config" in lower or lower.endswith(".index.json"):
        return Role.CONFIG
    if is_companion(name) and not name.startswith("LICENSE"):
        return Role.TOKENIZER
    return Role.CONFIG if lower.endswith(_CONFIGS) else Role.OTHER


def _blob(path: Path) -> str | None:
    if not path.is_symlink():
        return None
    target = path.readlink()
    is_name = _SHA256.fullmatch(target.name) or _GIT_SHA1.fullmatch(target.name)
    return target.name if is_name and target.parent.name == "blobs" else None


def digest_files(
    folder: Path,
    files: Sequence[StoredFile],
    *,
    report: Callable[[int, int], object] = lambda _done, _total: None,
    stop: Callable[[], object] = lambda: None,
) -> tuple[FileDigest, ...]:
    """Read every byte of the files. report: bytes done, bytes in all. stop: raises to end it.

    Raises OSError where a file cannot be read.
    """
    total, done = sum(file.size_bytes for file in files), 0
    found = []
    for file in files:
        path = folder if folder.is_file() else folder / file.path
        sha256, git = hashlib.sha256(), hashlib.sha1(f"blob {file.size_bytes}\0".encode())
        with path.open("rb") as stream:
            while chunk := stream.read(CHUNK_BYTES):
                stop()
                sha256.update(chunk)
                if file.blob is not None and _GIT_SHA1.fullmatch(file.blob):
                    git.update(chunk)
                done += len(chunk)
                report(done, total)
        found.append(
            FileDigest(
                file.path,
                sha256.hexdigest(),
                _judge(file.blob, sha256.hexdigest(), git.hexdigest()),
            )
        )
    return tuple(found)


def _judge(blob: str | None, sha256: str, git: str) -> Verdict:
    if blob is None:
        return Verdict.UNKNOWN
    return Verdict.MATCHES if blob in (sha256, git) else Verdict.DIFFERS
