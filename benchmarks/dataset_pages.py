"""Looking at a million rows: a page far down, its memory, a search, its first hits, opening again.

The rows are written here, by a seed: about 480 MB of text, a class, a title and a number a row, in
the stream format and batches of 1000 rows, as `datasets` writes them. Loupe's search and bare
DuckDB's scan the same memory map for the same words in turns; each round asks for another word, and
Loupe's results are forgotten before each, so that nothing is answered from memory.

    python -m benchmarks.dataset_pages
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from datasets import ClassLabel, Features, Value

from benchmarks.interleaved import median_ratio, time_pairs
from loupe.data.ingest import open_files
from loupe.data.opened import Split
from loupe.data.spec import Source
from loupe.data.view import Search, ViewQuery, first_hits, page, row_ids
from loupe.data.view.cache import ResultCache

ROWS = 1_000_000
BATCH_ROWS = 1000
MEAN_WORDS = 76
VOCABULARY = 30_000
PAGE_AT = 900_000
PAIRS = 21
REPEATS = 30
CLASSES = ("negative", "neutral", "positive")
COMMON = 3  # the rank of a word that nearly every text has
RARE = VOCABULARY - 200  # ranks from here on stand in some dozen texts each

FEATURES = Features(
    {
        "text": Value("string"),
        "label": ClassLabel(names=list(CLASSES)),
        "title": Value("string"),
        "stars": Value("int32"),
    }
)


def vocabulary() -> list[str]:
    """Words of one to three syllables, the most frequent first and shorter; accents in a few."""
    draw = np.random.default_rng(1)
    onsets = ["b", "d", "f", "g", "l", "m", "n", "p", "r", "s", "t", "v", "st", "tr", "ch", "pl"]
    nuclei = ["a", "e", "i", "o", "u", "ai", "ea", "ou", "é", "ö"]
    chances = np.array([9, 12, 8, 8, 4, 2, 2, 2, 0.5, 0.3])
    words: dict[str, None] = {}
    while len(words) < VOCABULARY:
        syllables = 1 + (len(words) > 80) + (len(words) > 4000)
        picked = draw.choice(len(nuclei), syllables, p=chances / chances.sum())
        starts = draw.integers(0, len(onsets), syllables)
        words["".join(onsets[a] + nuclei[b] for a, b in zip(starts, picked, strict=True))] = None
    return list(words)


def batches(rows: int, words: list[str]) -> Iterator[pa.RecordBatch]:
    """Texts by Zipf's law (exponent 1) of log-normal length, put together by Arrow."""
    entries = pa.array(words)
    weights = 1 / np.arange(1, len(words) + 1)
    heights = np.cumsum(weights / weights.sum())
    schema = FEATURES.arrow_schema
    for start in range(0, rows, BATCH_ROWS):
        draw = np.random.default_rng((2, start))
        n = min(BATCH_ROWS, rows - start)
        lengths = np.clip(draw.lognormal(np.log(MEAN_WORDS) - 0.18, 0.6, n), 3, 2000).astype(int)
        ends = np.concatenate([[0], np.cumsum(lengths)])
        ranks = np.minimum(np.searchsorted(heights, draw.random(ends[-1])), len(words) - 1)
        titles = np.minimum(np.searchsorted(heights, draw.random(4 * n)), len(words) - 1)
        yield pa.record_batch(
            [
                _joined(entries, ranks, ends),
                pa.array(draw.choice(3, n, p=[0.2, 0.1, 0.7])),
                _joined(entries, titles, np.arange(0, 4 * n + 1, 4)),
                pa.array(draw.integers(1, 6, n), pa.int32()),
            ],
            schema=schema,
        )


def _joined(
    entries: pa.Array, ranks: npt.NDArray[np.int64], ends: npt.NDArray[np.int64]
) -> pa.Array:
    """Texts of the words ranks[ends[i] : ends[i + 1]]."""
    lists = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), entries.take(pa.array(ranks)))
    return pc.binary_join(lists, " ")


def write_rows(path: Path, rows: int) -> list[str]:
    """The Arrow file; its vocabulary, the most frequent word first."""
    words = vocabulary()
    with (
        pa.OSFile(str(path), "wb") as file,
        pa.ipc.new_stream(file, FEATURES.arrow_schema) as writer,
    ):
        for batch in batches(rows, words):
            writer.write_batch(batch)
    return words


def open_split(path: Path) -> Split:
    """As the page opens a file of this machine: put into the store where it is new, else found."""
    opened = open_files(
        [("train", Source(path=str(path)))],
        name=path.name,
        roots=(path.parent,),
        samples=path.parent,
        store=path.parent / "store",
    )
    return opened.split("train")


def anonymous_mb() -> float:
    """Memory of this process that no file stands behind."""
    fields = dict(
        line.split(":", 1) for line in Path("/proc/self/status").read_text("ascii").splitlines()
    )
    return int(fields["RssAnon"].split()[0]) / 1024


def milliseconds(call: Callable[[], object], repeats: int) -> list[float]:
    found = []
    for _ in range(repeats):
        started = time.perf_counter()
        call()
        found.append(1e3 * (time.perf_counter() - started))
    return found


def show_page(path: Path) -> None:
    """In a process of its own: what opening the file and a page far down add to its memory."""
    # A page of a few rows in memory first, so that what is loaded once for all is not counted.
    small = next(batches(60, vocabulary()))
    page(pa.Table.from_batches([small]), None, 0)
    before = anonymous_mb()
    split = open_split(path)
    assert len(page(split.table, None, int(split.rows * PAGE_AT / ROWS))) == 50
    print(anonymous_mb() - before)


def added_memory_mb(path: Path) -> float:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.dataset_pages", "--page-of", str(path)],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    return float(done.stdout.split()[-1])


def search_pairs(split: Split, words: list[str], pairs: int, *, case: bool) -> float:
    """Median of Loupe's time over bare DuckDB's for the ids of the rows that hold a rare word."""
    table, cache = split.table, ResultCache()
    bare = duckdb.connect()
    bare.register("rows", table)
    asked = {"ours": count(), "bare": count()}
    found: dict[str, list[int]] = {"ours": [], "bare": []}

    def word(who: str) -> str:
        return words[RARE + next(asked[who]) % 200]

    def ours() -> None:
        cache.clear()
        search = Search(text=word("ours"), case=case, columns=("text",))
        query = ViewQuery(search=search)
        found["ours"].append(len(row_ids(table, split.fingerprint, query, cache=cache)))

    def theirs() -> None:
        text = "text" if case else "lower(text)"
        sql = f"SELECT count(*) FROM rows WHERE contains({text}, ?)"
        row = bare.execute(sql, [word("bare")]).fetchone()
        assert row is not None
        found["bare"].append(row[0])

    timed = time_pairs(ours, theirs, pairs=pairs)
    # The same words in the same order: any other hit would be a fault of one of them.
    assert found["ours"] == found["bare"]
    assert sum(found["ours"])
    ours_ms = statistics.median(1e3 * pair.ours_s for pair in timed)
    theirs_ms = statistics.median(1e3 * pair.theirs_s for pair in timed)
    name = "search, case kept" if case else "search, any case"
    print(f"{name:<40}{ours_ms:>9.1f} ms   bare DuckDB {theirs_ms:.1f} ms")
    return median_ratio(timed)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--page-of", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    if arguments.page_of:
        show_page(arguments.page_of)
        return
    rows = arguments.rows
    with TemporaryDirectory() as temporary:
        path = Path(temporary, "rows.arrow")
        started = time.perf_counter()
        words = write_rows(path, rows)
        size_mb = path.stat().st_size / 1e6
        print(f"{rows} rows, {size_mb:.0f} MB, in {time.perf_counter() - started:.1f} s")

        started = time.perf_counter()
        split = open_split(path)
        print(f"opened for the first time in {time.perf_counter() - started:.1f} s")
        open_ms = milliseconds(lambda: page(open_split(path).table, None, 0), REPEATS)
        at = int(rows * PAGE_AT / ROWS)
        page_ms = milliseconds(lambda: page(split.table, None, at), REPEATS)
        shuffled = np.random.default_rng(3).permutation(rows)
        sorted_ms = milliseconds(lambda: page(split.table, shuffled, at), REPEATS)
        common = ViewQuery(search=Search(text=words[COMMON], columns=("text",)))
        first_ms = milliseconds(lambda: first_hits(split.table, common, 50), REPEATS)
        memory_mb = added_memory_mb(path)
        for name, values in (
            ("open and show the first page", open_ms),
            ("page in the file's order", page_ms),
            ("page of scattered rows", sorted_ms),
            ("first 50 hits of a common word", first_ms),
        ):
            print(f"{name:<40}{statistics.median(values):>9.2f} ms   worst {max(values):.2f} ms")
        ratio = search_pairs(split, words, PAIRS, case=True)
        folded = search_pairs(split, words, PAIRS, case=False)
        print(f"{'ratio with any case (over lower)':<40}{folded:>9.2f}")
    # Of the slowest page, the one of scattered rows: a sort or a search gives such.
    slowest_ms = max(statistics.median(page_ms), statistics.median(sorted_ms))
    print(f"figure page_at_900k_ms {slowest_ms:.2f}")
    print(f"figure page_added_memory_mb {memory_mb:.1f}")
    print(f"figure search_vs_duckdb_time {ratio:.2f}")
    print(f"figure first_hits_ms {statistics.median(first_ms):.1f}")
    print(f"figure open_again_ms {statistics.median(open_ms):.1f}")


if __name__ == "__main__":
    main()
