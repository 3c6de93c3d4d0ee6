"""Pages of cells, and views as files."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datasets import ClassLabel, Dataset, Features, Value

from loupe.data.view import Search, export, page, rows_at
from loupe.data.view.files import _batches
from loupe.errors import Cancelled

FEATURES = Features(
    {
        "text": Value("string"),
        "label": ClassLabel(names=["spam", "ham"]),
        "tokens": [Value("string")],
        "tags": [ClassLabel(names=["O", "B-X"])],
        "meta": {"n": Value("int64")},
        "bytes": Value("binary"),
        "when": Value("timestamp[s]"),
    }
)


def make_table(rows: int = 100) -> pa.Table:
    schema = FEATURES.arrow_schema
    columns: list[list[Any]] = [
        [None if i == 3 else f"text {i} é" for i in range(rows)],
        [5 if i == 4 else i % 2 for i in range(rows)],
        [[f"w{i}", None, "x"] if i % 2 else [] for i in range(rows)],
        [[0, 1, 9] for _ in range(rows)],
        [{"n": i} for i in range(rows)],
        [b"\x00\xff" for _ in range(rows)],
        list(range(rows)),
    ]
    arrays = [pa.array(v, f.type) for v, f in zip(columns, schema, strict=True)]
    whole = pa.table(arrays, schema=schema)
    return pa.concat_tables([whole.slice(i, 7) for i in range(0, rows, 7)])


def test_a_page_has_the_rows_of_its_ids_in_their_order() -> None:
    table = make_table()
    ids = np.array([9, 3, 4, 5, 50, 0])
    rows = page(table, ids, 1, 4)
    assert [row.id for row in rows] == [3, 4, 5, 50]
    assert [row.cells[0].value for row in rows] == [None, "text 4 é", "text 5 é", "text 50 é"]
    assert [row.cells[1].label for row in rows] == ["ham", None, "ham", "spam"]
    assert rows[2].cells[2].value == ("w5", None, "x")
    assert rows[2].cells[2].text == "w5 x"
    assert rows[2].cells[3].label == ("O", "B-X", None)
    assert rows[2].cells[4].value == '{"n":5}'
    assert rows[2].cells[5].value == "AP8="
    assert rows[2].cells[6].value == "1970-01-01 00:00:05"
    assert not any(cell.cut for row in rows for cell in row.cells)
    assert [row.id for row in page(table, ids, 4)] == [50, 0]
    assert [row.id for row in page(table, None, 98)] == [98, 99]
    assert page(table, ids, 6) == page(table, None, 1000) == ()


def test_rows_far_apart_are_those_that_datasets_gives(tmp_path: Path) -> None:
    dataset = Dataset.from_dict({"n": list(range(5000))})
    dataset.save_to_disk(tmp_path)
    dataset = Dataset.load_from_disk(tmp_path)
    ids = np.random.default_rng(0).permutation(5000)[:200]
    assert rows_at(dataset.data.table, ids)["n"].to_pylist() == dataset[ids]["n"]


def test_a_huge_cell_is_cut_and_says_how_long_it_is() -> None:
    huge = "né" * 5_000_000
    table = pa.table({"text": [huge, "short"], "words": [["w" * 99_999] * 3, ["a"] * 100_000]})
    table = table.append_column("nested", pa.array([{"a": huge}, {"a": ""}]))
    first, second = (row.cells for row in page(table, None, 0, characters=100))
    assert first[0].value == huge[:100]
    assert first[0].cut
    assert first[0].full_length == 10_000_000
    assert (second[0].value, second[0].cut, second[0].full_length) == ("short", False, 5)
    assert all(cell.cut for cell in first)
    assert len(second[1].value) <= 500  # type: ignore[arg-type]
    assert second[1].full_length == 100_000
    assert sum(len(str(cell.value)) for cell in (*first, *second)) < 5000
    (whole,) = page(table, None, 0, 1, characters=None)
    assert whole.cells[0].value == huge
    assert not whole.cells[0].cut


def test_hits_stand_where_the_page_shows_them() -> None:
    table = pa.table({"tokens": [["New", "York"]], "meta": [{"city": "New York"}], "n": [1]})
    *cells, number = page(table, None, 0, search=Search(text="new york"))[0].cells
    for cell in cells:
        assert cell.text is not None
        assert [cell.text[a:b] for a, b in cell.spans] == ["New York"]
    assert number.spans == ()
    (other,) = page(table, None, 0, search=Search(text="new york", columns=("meta",)))
    assert [len(cell.spans) for cell in other.cells] == [0, 1, 0]


def test_a_hit_far_into_a_long_cell_is_shown_with_what_stands_around_it() -> None:
    far = "é" * 50_000 + " needle " + "ü" * 50_000 + " needle"
    table = pa.table({"text": [far, "needle" + far, None, "xneedle " + "y" * 5000]})
    search = Search(text="needle", mode="word")
    first, second, third, fourth = (r.cells[0] for r in page(table, None, 0, search=search))
    assert first.text is not None
    assert len(first.text) == 2000
    assert first.cut
    assert [first.text[a:b] for a, b in first.spans] == ["needle"]
    assert far[first.offset :].startswith(first.text)
    # "needleééé" is another word: the first hit lies far in.
    assert second.offset > 49_000
    assert (third.value, third.spans) == (None, ())
    assert (fourth.offset, fourth.spans) == (0, ())


def test_an_empty_table_has_empty_pages_and_files() -> None:
    table = make_table(7).slice(0, 0)
    assert page(table, None, 0) == ()
    for kind in ("csv", "jsonl", "parquet"):
        assert export(table, None, io.BytesIO(), kind) == 0


@pytest.mark.parametrize("ids", [None, np.array([99, 3, 3, 0, 50]), np.zeros(0, np.int64)])
def test_a_view_is_exported_with_its_rows_in_order(ids: Any, tmp_path: Path) -> None:
    table = make_table()
    expected = [f"text {i} é" if i != 3 else None for i in (range(100) if ids is None else ids)]
    for kind in ("csv", "jsonl", "parquet"):
        path = tmp_path / f"view.{kind}"
        assert export(table, ids, path, kind) == len(expected)
    with (tmp_path / "view.csv").open(encoding="utf-8", newline="") as file:
        written = list(csv.DictReader(file))
    assert [row["text"] or None for row in written] == expected
    lines = (tmp_path / "view.jsonl").read_text("utf-8").splitlines()
    records = [json.loads(line) for line in lines]
    assert [record["text"] for record in records] == expected
    parquet = pq.read_table(tmp_path / "view.parquet")
    assert parquet["text"].to_pylist() == expected
    assert parquet.schema.names == table.schema.names
    assert parquet.schema.metadata == table.schema.metadata
    if len(expected):
        assert json.loads(written[-1]["tags"]) == records[-1]["tags"] == [0, 1, 9]
        assert records[-1]["meta"] == parquet["meta"].to_pylist()[-1]
        assert Features.from_arrow_schema(parquet.schema)["label"].names == ["spam", "ham"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@a", "\tx", "\rx", " =1", "'=1"])
def test_a_csv_cell_never_runs_as_a_formula(text: str) -> None:
    out = io.BytesIO()
    export(pa.table({text: [text], "n": [-1]}), None, out, "csv")
    rows = list(csv.reader(io.StringIO(out.getvalue().decode(), newline="")))
    assert rows == [["'" + text, "n"], ["'" + text, "-1"]]


def test_json_lines_hold_what_json_knows() -> None:
    out = io.BytesIO()
    table = pa.table([pa.array([float("nan"), 1.5]), pa.array(["a\nb", "中"])], names=["x", "x"])
    export(table, None, out, "jsonl")
    assert out.getvalue().decode() == '{"x": null, "x": "a\\nb"}\n{"x": 1.5, "x": "中"}\n'


def test_huge_cells_are_exported_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loupe.data.view.files._BATCH_BYTES", 1000)
    table = pa.table({"text": ["x" * (900 if i % 3 else 1) for i in range(30)]})
    sizes = [batch.nbytes for batch in _batches(table, None, lambda: False)]
    assert len(sizes) > 10
    assert max(sizes) < 3000
    out = io.BytesIO()
    assert export(table, np.arange(30)[::-1], out, "csv") == 30
    assert [len(row) for row in out.getvalue().decode().split()[1:4]] == [900, 900, 1]


def test_a_cancelled_export_stops() -> None:
    with pytest.raises(Cancelled):
        export(make_table(), None, io.BytesIO(), "csv", cancelled=lambda: True)
