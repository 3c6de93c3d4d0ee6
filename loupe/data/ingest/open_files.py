"""Files to an opened dataset: each is ingested once, and found again by what it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from loupe.data.formats import Look, open_table
from loupe.data.ingest import disk
from loupe.data.ingest import store as stores
from loupe.data.ingest.digests import digest_of, identity, new_hash
from loupe.data.ingest.write import write_rows
from loupe.data.opened import OpenedDataset, Split
from loupe.data.paths import reading_of, resolve
from loupe.data.spec import Reading, Source
from loupe.errors import Cancelled, InvalidInput

# Part of every fingerprint: raised when the same bytes become other rows.
READER_VERSION = 1
_CHECK_ROOM_BYTES = 64 << 20
_PASSES = {"json": 2, "jsonl": 2}  # the others are read once

Progress = Callable[[int, int], None]


def open_files(
    sources: Sequence[tuple[str, Source]],
    *,
    name: str,
    roots: tuple[Path, ...],
    samples: Path,
    store: Path,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    limit_bytes: int = stores.MAX_STORE_BYTES,
) -> OpenedDataset:
    """Open each (split, file) from the store, after putting it there where it is new.

    Files of one split are its shards: their rows follow each other, and their columns are the same.
    progress: called with (bytes done, bytes in all), both counting each time a file is read.
    cancelled: asked about ten times a second or more often. limit_bytes: of the store; beyond it
    the least recently used datasets go, never one that this process has open.
    Raises InvalidInput (file, line, remedy), OutsideRoots, NotEnoughDisk, Cancelled.
    """
    if not sources:
        raise InvalidInput("There is no file to open.", "Name one.")
    found = [
        (split, source, path, reading_of(source, path))
        for split, source in sources
        for path in [resolve(source, roots=roots, samples=samples)]
    ]
    work = _Work(progress, cancelled)
    work.total = sum(path.stat().st_size * (1 + _passes(r)) for _, _, path, r in found)
    try:
        store.mkdir(parents=True, exist_ok=True)
        shards = [
            _open(split, source, path, reading, store, work)
            for split, source, path, reading in found
        ]
        stores.trim(store, limit_bytes, keep=frozenset(shard.fingerprint for shard in shards))
        names = dict.fromkeys(split for split, _ in sources)
        splits = tuple(_joined([shard for shard in shards if shard.name == name]) for name in names)
    except OSError as error:
        raise disk.as_refusal(store, error) from error
    work.finish()
    return OpenedDataset(name, splits)


class _Work:
    """How far it is, and whether it shall go on."""

    def __init__(self, progress: Progress | None, cancelled: Callable[[], bool] | None) -> None:
        self._progress = progress
        self._cancelled = cancelled
        self.done = 0
        self.total = 0

    def watch(self, count: int) -> None:
        """More bytes were read. Raises Cancelled."""
        if self._cancelled is not None and self._cancelled():
            raise Cancelled("Opening the file was cancelled.", "Open it again when you like.")
        self.reach(self.done + count)

    def reach(self, done: int) -> None:
        self.done = max(self.done, min(done, self.total))
        if self._progress is not None:
            self._progress(self.done, self.total)

    def finish(self) -> None:
        self.reach(self.total)


def _passes(reading: Reading) -> int:
    return _PASSES.get(reading.format, 1)


def fingerprint_of(digest: str, reading: Reading) -> str:
    """Hex; of the bytes, how they are read, and by which version of the reader."""
    hashed = new_hash()
    said = [READER_VERSION, digest, reading.model_dump(mode="json")]
    hashed.update(json.dumps(said, sort_keys=True).encode())
    return hashed.hexdigest()


def _open(
    split: str, source: Source, path: Path, reading: Reading, store: Path, work: _Work
) -> Split:
    size, start = path.stat().st_size, work.done
    before = identity(path)
    fingerprint = fingerprint_of(digest_of(path, store, work.watch), reading)
    folder = store / fingerprint
    meta = stores.find(store, fingerprint)
    if meta is None:
        _ingest(path, reading, store, fingerprint, work, before)
        meta = stores.find(store, fingerprint)
        if meta is None:
            raise InvalidInput(
                "The dataset of {path} was removed while it was opened.",
                "Open it again.",
                path=str(path),
            )
    work.reach(start + size * (1 + _passes(reading)))
    opened = Split(split, (folder / stores.ROWS,), int(meta["rows"]), fingerprint, (source,))
    stores.hold(folder, opened)
    return opened


def _joined(shards: list[Split]) -> Split:
    """One split of all its shards. Raises InvalidInput where their columns differ."""
    first = shards[0]
    if len(shards) == 1:
        return first
    for shard in shards[1:]:
        if not shard.table.schema.equals(first.table.schema):
            raise InvalidInput(
                "“{path}” has other columns than “{first}”: {columns} instead of {expected}.",
                "Open them as splits of different names, or make their columns alike.",
                path=shard.sources[0].path,
                first=first.sources[0].path,
                columns=_columns(shard),
                expected=_columns(first),
            )
    hashed = new_hash()
    hashed.update("-".join(shard.fingerprint for shard in shards).encode())
    joined = Split(
        first.name,
        tuple(path for shard in shards for path in shard.paths),
        sum(shard.rows for shard in shards),
        hashed.hexdigest(),
        tuple(source for shard in shards for source in shard.sources),
    )
    for path in joined.paths:
        stores.hold(path.parent, joined)
    return joined


def _columns(split: Split) -> str:
    return ", ".join(f"{field.name} ({field.type})" for field in split.table.schema)


def _ingest(
    path: Path,
    reading: Reading,
    store: Path,
    fingerprint: str,
    work: _Work,
    before: tuple[int, ...],
) -> None:
    disk.check_room(store, before[2])
    with stores.incoming(store) as folder:
        table = open_table(path, reading, Look(watch=work.watch))
        target = folder / stores.ROWS
        rows = write_rows(path, table, target, partial(_check, _Written(folder), work))
        # Rows of a file that was written to meanwhile are neither the old ones nor the new.
        if identity(path) != before:
            raise InvalidInput(
                "The file {path} changed while it was read.",
                "Wait until it is written, and open it again.",
                path=str(path),
            )
        meta = {
            "rows": rows,
            "bytes": target.stat().st_size,
            "names": list(table.names),
            "reading": reading.model_dump(mode="json"),
            "reader_version": READER_VERSION,
            "file": path.name,
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        stores.publish(folder, store, fingerprint, meta)


class _Written:
    """Bytes that were written, and when room was last looked for."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.since_check = 0


def _check(written: _Written, work: _Work, count: int) -> None:
    work.watch(0)
    written.since_check += count
    if written.since_check >= _CHECK_ROOM_BYTES:
        written.since_check = 0
        disk.check_room(written.folder, 0)
