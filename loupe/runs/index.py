"""What lists show of the runs, in SQLite, so that a list need not open every folder.

Nothing stands here alone. A row carries the stamps of the files it was read from; one whose files
have changed since is read again, one whose folder is gone is dropped, and a database that cannot be
used is made anew.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from loupe.runs.state import STATE_NAME
from loupe.runs.summary import RunSummary, summarise
from loupe.training.run_folder import RunFolder

INDEX_NAME = "index.sqlite"
SCHEMA_VERSION = 1
# How long a reader waits for another process that writes.
_WAIT_S = 10.0


class Index:
    """The summaries of all runs in a folder. Any number of processes and threads may share one."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._path = root / INDEX_NAME

    def summaries(self) -> tuple[RunSummary, ...]:
        """All runs, the newest first."""
        try:
            with self._connected() as database:
                return self._refreshed(database)
        except sqlite3.DatabaseError:
            self.rebuild()
            with self._connected() as database:
                return self._refreshed(database)

    def rebuild(self) -> int:
        """Forget everything and read the folders; how many runs there are."""
        for name in (INDEX_NAME, f"{INDEX_NAME}-wal", f"{INDEX_NAME}-shm"):
            (self._root / name).unlink(missing_ok=True)
        with self._connected() as database:
            return len(self._refreshed(database))

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self._path, timeout=_WAIT_S)) as database:
            _ensure_table(database)
            with database:
                yield database

    def _refreshed(self, database: sqlite3.Connection) -> tuple[RunSummary, ...]:
        known = {
            name: (stamp, summary)
            for name, stamp, summary in database.execute("SELECT id, stamp, summary FROM runs")
        }
        found = {path.name: path for path in run_folders(self._root)}
        gone = [(name,) for name in known.keys() - found.keys()]
        database.executemany("DELETE FROM runs WHERE id = ?", gone)
        summaries = []
        for name, path in found.items():
            stamp = _stamp(path)
            summary = _read(known[name][1]) if known.get(name, ("",))[0] == stamp else None
            if summary is None:
                summary = summarise(path)
                if summary is None:
                    continue
                database.execute(
                    "INSERT OR REPLACE INTO runs VALUES (?, ?, ?)",
                    (name, stamp, json.dumps(summary.to_dict(), ensure_ascii=False)),
                )
            summaries.append(summary)
        return tuple(sorted(summaries, key=lambda s: (-s.submitted_s, s.id)))


def _ensure_table(database: sqlite3.Connection) -> None:
    if _version(database) == SCHEMA_VERSION:
        return
    # Another process may be about to do the same.
    database.execute("BEGIN IMMEDIATE")
    if _version(database) != SCHEMA_VERSION:
        database.execute("DROP TABLE IF EXISTS runs")
        database.execute(
            "CREATE TABLE runs (id TEXT PRIMARY KEY, stamp TEXT NOT NULL, summary TEXT NOT NULL)"
        )
        database.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    database.commit()


def _version(database: sqlite3.Connection) -> int:
    (version,) = database.execute("PRAGMA user_version").fetchone()
    return int(version)


def run_folders(root: Path) -> Iterator[Path]:
    """The folders that hold a run; those that are being made or removed begin with a dot."""
    if not root.is_dir():
        return
    for path in root.iterdir():
        if not path.name.startswith(".") and (path / "run.yaml").is_file():
            yield path


def _stamp(path: Path) -> str:
    """Changes whenever a file changes that a summary is read from."""
    folder = RunFolder(path)
    parts = []
    for file in (path / STATE_NAME, folder.spec, folder.events, folder.finished):
        try:
            status = file.stat()
            parts.append(f"{status.st_mtime_ns}-{status.st_size}-{status.st_ino}")
        except OSError:
            parts.append("")
    return " ".join(parts)


def _read(text: str) -> RunSummary | None:
    with suppress(ValueError, TypeError, KeyError):
        return RunSummary.from_dict(json.loads(text))
    return None
