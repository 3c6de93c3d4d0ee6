"""A hub's cache on disk, as huggingface_hub lays it out."""

from __future__ import annotations

import hashlib
from pathlib import Path

_LARGE = {".safetensors", ".bin", ".gguf"}


def put_in_cache(cache: Path, name: str, folder: Path, revision: str = "main") -> Path:
    """Put a folder's files into the cache under a repository's name; the snapshot is returned.

    Equal files of several revisions are one blob, as there.
    """
    storage = cache / f"models--{name.replace('/', '--')}"
    commit = hashlib.sha1(f"{name}@{revision}".encode()).hexdigest()
    snapshot = storage / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (storage / "blobs").mkdir(exist_ok=True)
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        blob = storage / "blobs" / blob_name(file.name, content)
        blob.write_bytes(content)
        link = snapshot / file.relative_to(folder)
        link.parent.mkdir(parents=True, exist_ok=True)
        depth = len(link.relative_to(storage).parents) - 1
        link.symlink_to(Path(*[".."] * depth, "blobs", blob.name))
    ref = storage / "refs" / revision
    ref.parent.mkdir(parents=True, exist_ok=True)
    ref.write_text(commit)
    return snapshot


def blob_name(name: str, content: bytes) -> str:
    """sha256 for what lies in LFS, git's own hash for the rest."""
    if Path(name).suffix in _LARGE:
        return hashlib.sha256(content).hexdigest()
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
