"""The hash of a file's bytes, remembered by the file's identity: a big file is hashed once."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path

from loupe.data.formats import faults

_CHUNK_BYTES = 1 << 20
_DIGEST_BYTES = 16
# A file that changed this short a time ago may change again within one tick of the disk's clock.
_SETTLED_NS = 100_000_000
_FOLDER = "digests"
_KEPT = 2000


def new_hash() -> hashlib.blake2b:
    """128 bits: fast, and no two files share one."""
    return hashlib.blake2b(digest_size=_DIGEST_BYTES)


def identity(path: Path) -> tuple[int, ...]:
    """What changes when the file does: device, inode, size, time of change of text and inode."""
    found = path.stat()
    return (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns)


def digest_of(path: Path, store: Path, watch: Callable[[int], None]) -> str:
    """Hex. watch: told how many more bytes were hashed, also when they were known.

    Raises InvalidInput where the file cannot be read.
    """
    try:
        before = identity(path)
        remembered = store / _FOLDER / f"{before[0]:x}-{before[1]:x}.json"
        known = _recall(remembered, before)
        if known is not None:
            watch(before[2])
            return known
        hashed = new_hash()
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                hashed.update(chunk)
                watch(len(chunk))
        after = identity(path)
    except OSError as error:
        raise faults.cannot_open(path, str(error)) from error
    if before == after and time.time_ns() - after[4] > _SETTLED_NS:
        _remember(remembered, after, hashed.hexdigest())
    return hashed.hexdigest()


def _recall(file: Path, wanted: tuple[int, ...]) -> str | None:
    try:
        found = json.loads(file.read_text())
        return str(found["digest"]) if tuple(found["identity"]) == wanted else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _remember(file: Path, identified: tuple[int, ...], digest: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_suffix(f".{os.getpid()}-{time.monotonic_ns()}")
        new.write_text(json.dumps({"identity": identified, "digest": digest}))
        new.replace(file)
        notes = sorted(file.parent.iterdir(), key=lambda note: note.stat().st_mtime)
        for old in notes[:-_KEPT]:
            old.unlink(missing_ok=True)
    except OSError:
        # Only a note to save time: without it the file is hashed again.
        return
