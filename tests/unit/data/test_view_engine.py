"""The locked DuckDB, cancelling, and results that are kept."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from loupe.data.view import Length, Search, Sort, ViewQuery, first_hits, row_ids
from loupe.data.view.cache import ResultCache
from loupe.data.view.duck import connect, running
from loupe.errors import Cancelled, InvalidInput

# Joins every number with every other: it never ends by itself.
ENDLESS = "SELECT sum(a.i * b.i) FROM range(10000000) a(i), range(10000000) b(i)"


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT * FROM read_csv('{file}')",
        "SELECT * FROM read_text('{file}')",
        "SELECT * FROM '{file}'",
        "COPY (SELECT 1) TO '{new}'",
        "ATTACH '{new}'",
        "EXPORT DATABASE '{new}'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET memory_limit = '90GB'",
        "SET enable_external_access = true",
        "RESET lock_configuration",
        "SELECT * FROM visible_to_python",
    ],
)
def test_the_database_reaches_nothing_but_its_tables(statement: str, tmp_path: Path) -> None:
    file, new = tmp_path / "secret.csv", tmp_path / "new"
    file.write_text("a,b\n1,2\n", encoding="utf-8")
    visible_to_python = pa.table({"a": [1]})
    with pytest.raises(duckdb.Error):
        connect().execute(statement.format(file=file, new=new))
    with pytest.raises(duckdb.Error), running(statement.format(file=file, new=new), {}):
        pass
    assert not new.exists()
    assert visible_to_python.num_rows == 1


def test_a_cancelled_query_stops_within_moments() -> None:
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    started = time.monotonic()
    with pytest.raises(Cancelled), running(ENDLESS, {}, cancelled=stop.is_set):
        pass
    assert 0.1 < time.monotonic() - started < 5


def test_a_query_that_takes_too_long_is_refused_and_not_called_cancelled() -> None:
    with (
        pytest.raises(InvalidInput, match=r"longer than 0\.1 seconds"),
        running(ENDLESS, {}, limit_s=0.1),
    ):
        pass


def test_after_a_cancelled_query_the_next_one_runs() -> None:
    with pytest.raises(Cancelled), running("SELECT 1", {}, cancelled=lambda: True):
        pass
    with running("SELECT 41 + 1", {}) as cursor:
        assert cursor.fetchone() == (42,)


@pytest.mark.parametrize(
    "query",
    [
        ViewQuery(search=Search(text="a")),
        ViewQuery(filters=(Length(column="text"),)),
        ViewQuery(sort=Sort(column="text")),
    ],
)
def test_a_cancelled_scan_gives_nothing_and_keeps_nothing(query: ViewQuery) -> None:
    table, cache = pa.table({"text": ["a", "b"]}), ResultCache()
    with pytest.raises(Cancelled):
        row_ids(table, "f", query, cancelled=lambda: True, cache=cache)
    assert cache.size_bytes == 0
    with pytest.raises(Cancelled):
        first_hits(table, query, 5, cancelled=lambda: True)


def test_the_cache_holds_no_more_than_it_may_and_drops_the_least_used() -> None:
    cache = ResultCache(max_bytes=250)
    calls: list[str] = []

    def compute(key: str, size: int = 100) -> Any:
        return cache.get(key, lambda: calls.append(key) or np.zeros(size, np.uint8))  # type: ignore[func-returns-value]

    compute("a")
    compute("b")
    compute("a")
    compute("c")
    assert cache.size_bytes == 200
    compute("a")
    assert calls == ["a", "b", "c"]
    compute("b")
    assert calls == ["a", "b", "c", "b"]
    compute("huge", 1000)
    compute("huge", 1000)
    assert calls.count("huge") == 2
    assert cache.size_bytes <= 250


def test_what_is_kept_cannot_be_changed_by_who_gets_it() -> None:
    ids = row_ids(pa.table({"a": [1, 2]}), "f", ViewQuery(), cache=ResultCache())
    with pytest.raises(ValueError, match="read-only"):
        ids[0] = 5


def test_two_who_ask_at_once_compute_once() -> None:
    cache, calls, begun = ResultCache(), count(), threading.Barrier(8)

    def slow() -> Any:
        next(calls)
        time.sleep(0.1)
        return np.arange(3)

    def ask(_: int) -> Any:
        begun.wait()
        return cache.get("key", slow)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, range(8)))
    assert next(calls) == 1
    assert all(one is found[0] for one in found)


def test_where_the_one_who_computes_fails_the_next_computes_instead() -> None:
    cache, started = ResultCache(), threading.Event()

    def fails() -> Any:
        started.set()
        time.sleep(0.1)
        raise Cancelled("Stopped.", "Again.")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(cache.get, "key", fails)
        started.wait()
        second = pool.submit(cache.get, "key", lambda: np.arange(2))
        assert second.result(5).tolist() == [0, 1]
        with pytest.raises(Cancelled):
            first.result(5)


def test_who_waits_for_another_can_leave() -> None:
    cache, started, end = ResultCache(), threading.Event(), threading.Event()

    def slow() -> Any:
        started.set()
        end.wait(5)
        return np.arange(2)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(cache.get, "key", slow)
        started.wait()
        with pytest.raises(Cancelled):
            cache.get("key", slow, cancelled=lambda: True)
        end.set()
        assert first.result(5).tolist() == [0, 1]


def test_many_sessions_search_at_once_without_mixing_their_tables() -> None:
    tables = [pa.table({"text": [f"w{i}-{j}" for j in range(500)]}) for i in range(12)]

    def search(i: int) -> Any:
        query = ViewQuery(search=Search(text=f"w{i}-7", mode="word"))
        return row_ids(tables[i], str(i), query, cache=ResultCache()).tolist()

    with ThreadPoolExecutor(12) as pool:
        assert list(pool.map(search, range(12))) == [[7]] * 12


def test_another_fingerprint_is_another_result() -> None:
    cache, query = ResultCache(), ViewQuery(search=Search(text="a"))
    assert row_ids(pa.table({"t": ["a", "b"]}), "1", query, cache=cache).tolist() == [0]
    assert row_ids(pa.table({"t": ["b", "a"]}), "2", query, cache=cache).tolist() == [1]
    # Kept: the table is not looked at again.
    assert row_ids(pa.table({"t": ["b", "b"]}), "1", query, cache=cache).tolist() == [0]
