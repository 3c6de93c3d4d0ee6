"""The one DuckDB of the process, locked: it scans the tables that it is handed and nothing else.

No file, no network, no extension, no variable of Python can be reached from a query, and no setting
can be changed. All queries share its threads, so that many searches take no more cores than one.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from loupe.errors import Cancelled, InvalidInput, OutOfMemory

MEMORY_LIMIT = "1GB"
# A regular expression takes linear time, and may still be slow on every row of a large file.
TIME_LIMIT_S = 60.0
_POLL_S = 0.02

IsCancelled = Callable[[], bool]


def never() -> bool:
    """For work that nobody can cancel."""
    return False


def raise_if(cancelled: IsCancelled) -> None:
    """Raise Cancelled where somebody asked for it."""
    if cancelled():
        raise Cancelled("The scan was cancelled.", "Start it again when it is needed.")


def connect() -> duckdb.DuckDBPyConnection:
    """A new locked database in memory."""
    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 2,
            "memory_limit": MEMORY_LIMIT,
            "temp_directory": "",  # else it would write into a folder .tmp where the app runs
            "python_enable_replacements": False,
            "autoload_known_extensions": False,
            "autoinstall_known_extensions": False,
        },
    )
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


@cache
def _shared() -> duckdb.DuckDBPyConnection:
    return connect()


_STARTING = threading.Lock()


@contextmanager
def running(
    sql: str,
    tables: Mapping[str, pa.Table],
    params: Sequence[Any] = (),
    *,
    cancelled: IsCancelled = never,
    limit_s: float = TIME_LIMIT_S,
) -> Iterator[duckdb.DuckDBPyConnection]:
    """A query that has run and whose result is to be fetched inside.

    sql: must be ours, values stand in params. Raises Cancelled, InvalidInput where it takes longer
    than limit_s, OutOfMemory.
    """
    raise_if(cancelled)
    with _STARTING:
        cursor = _shared().cursor()
    done = threading.Event()
    late = threading.Event()

    def watch() -> None:
        deadline = time.monotonic() + limit_s
        while not done.wait(_POLL_S):
            if time.monotonic() > deadline:
                late.set()
            if late.is_set() or cancelled():
                # Again and again: one that comes before the query has begun is lost.
                cursor.interrupt()

    watcher = threading.Thread(target=watch, name="duckdb-watch", daemon=True)
    watcher.start()
    try:
        for name, table in tables.items():
            cursor.register(name, table)
        cursor.execute(sql, list(params))
        yield cursor
    except duckdb.InterruptException as error:
        if late.is_set() and not cancelled():
            raise InvalidInput(
                "This takes longer than {limit} seconds and was stopped.",
                "Search for something simpler, or in fewer columns.",
                limit=f"{limit_s:g}",
            ) from error
        raise Cancelled("The scan was cancelled.", "Start it again when it is needed.") from error
    except duckdb.OutOfMemoryException as error:
        raise OutOfMemory(
            "The scan needs more than {limit} of memory.",
            "Narrow it down by a filter first.",
            limit=MEMORY_LIMIT,
            detail=str(error),
        ) from error
    finally:
        done.set()
        watcher.join()
        with suppress(duckdb.Error):
            cursor.close()


def numbered(table: pa.Table, positions: Sequence[int]) -> pa.Table:
    """Some columns, as c0, c1, ... by their positions, and `r`: each row's number from 0.

    The numbers are laid out as the table's own chunks, so that a scan copies nothing together.
    """
    import numpy as np

    chosen = table.select(list(positions))
    kind = np.int32 if table.num_rows < 2**31 else np.int64
    numbers = pa.array(np.arange(table.num_rows, dtype=kind))
    pieces, start = [], 0
    for chunk in chosen.column(0).chunks if positions else ():
        pieces.append(numbers.slice(start, len(chunk)))
        start += len(chunk)
    named = chosen.rename_columns([f"c{i}" for i in positions])
    return named.append_column("r", pa.chunked_array(pieces or [numbers], type=numbers.type))
