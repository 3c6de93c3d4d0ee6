"""What Python's csv module writes is what is read, whatever is in the cells."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from loupe.data.formats import open_table
from loupe.data.spec import Reading

# Half characters cannot be written in UTF-8, and a lone \r is a line's end to any reader.
CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
TABLES = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=8)
)


@settings(deadline=None, max_examples=100)
@given(rows=TABLES, delimiter=st.sampled_from(",;\t|"))
def test_rows_written_by_python_come_back(rows: list[list[str]], delimiter: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL).writerows(rows)
        reading = Reading(format="csv", delimiter=delimiter, header=False)
        table = open_table(path, reading)
        read = [list(row.values()) for batch in table.batches(None) for row in batch.to_pylist()]
    assert read == rows
