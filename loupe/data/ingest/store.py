"""Where datasets lie as Arrow: one folder a fingerprint, complete when its `meta.json` is there.

STORE/FINGERPRINT/rows.arrow  meta.json
STORE/.incoming-…             what is being written; its owner holds its lock
STORE/digests/ uploads/       see digests.py, uploads.py
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import tempfile
import threading
import time
import weakref
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SCHEMA_VERSION = 1
MAX_STORE_BYTES = 50 << 30
ROWS, META, _LOCK, _INCOMING = "rows.arrow", "meta.json", "lock", ".incoming-"
_ABANDONED_S = 60.0  # between making a folder and locking it, its owner needs far less

_in_use: Counter[Path] = Counter()
_in_use_lock = threading.Lock()


def find(store: Path, fingerprint: str) -> Mapping[str, Any] | None:
    """The entry's meta.json; None where there is no complete entry that this version can read."""
    folder = store / fingerprint
    try:
        meta = json.loads((folder / META).read_text())
        if meta["schema_version"] != SCHEMA_VERSION or meta["rows"] < 1:
            return None
        if (folder / ROWS).stat().st_size != meta["bytes"]:
            return None
        os.utime(folder / META)  # used just now: see `trim`
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return dict(meta)


@contextmanager
def incoming(store: Path) -> Iterator[Path]:
    """A folder to write into; it is gone afterwards, unless `publish` moved it."""
    store.mkdir(parents=True, exist_ok=True)
    _sweep(store)
    folder = Path(tempfile.mkdtemp(prefix=_INCOMING, dir=store))
    with (folder / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # falls with the process, however that ends
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def publish(folder: Path, store: Path, fingerprint: str, meta: Mapping[str, Any]) -> None:
    """Make a written folder the entry; where another was faster, theirs stays."""
    written = {"schema_version": SCHEMA_VERSION, **meta}
    # Written last: its presence means that the rows are complete.
    (folder / META).write_text(json.dumps(written, ensure_ascii=False, indent=1))
    (folder / _LOCK).unlink()
    target = store / fingerprint
    for _ in range(2):
        try:
            folder.rename(target)
            return
        except OSError:
            if find(store, fingerprint) is not None:
                return
            shutil.rmtree(target, ignore_errors=True)  # incomplete, or of another version
    folder.rename(target)


def hold(folder: Path, user: object) -> None:
    """Keep an entry from being trimmed for as long as this object lives."""
    with _in_use_lock:
        _in_use[folder] += 1
    weakref.finalize(user, _release, folder)


def _release(folder: Path) -> None:
    with _in_use_lock:
        _in_use[folder] -= 1


def trim(store: Path, limit_bytes: int, *, keep: frozenset[str] = frozenset()) -> None:
    """Remove the least recently used entries until the rest fits; none that is in use here."""
    entries = []
    for meta in store.glob(f"*/{META}"):
        with suppress(OSError):
            size = (meta.parent / ROWS).stat().st_size
            entries.append((meta.stat().st_mtime_ns, size, meta.parent))
    total = sum(size for _, size, _ in entries)
    for _, size, folder in sorted(entries):
        if total <= limit_bytes:
            return
        with _in_use_lock:
            used = _in_use[folder] > 0
        if not used and folder.name not in keep:
            with suppress(OSError):
                (folder / META).unlink()  # first: half an entry is none
                shutil.rmtree(folder, ignore_errors=True)
                total -= size


def _sweep(store: Path) -> None:
    """Remove what processes that are gone left behind."""
    for folder in store.glob(f"{_INCOMING}*"):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime < _ABANDONED_S:
                continue
            lock_file = folder / _LOCK
            if not lock_file.exists():
                shutil.rmtree(folder, ignore_errors=True)
                continue
            with lock_file.open("r+") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held while its owner lives
                shutil.rmtree(folder, ignore_errors=True)
