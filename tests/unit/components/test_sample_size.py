"""A first estimate reads fewer rows where each is long."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from components.inspect.sample_size import CHARACTERS_MAX, affordable_rows
from loupe.errors import InvalidInput


def split_of(texts: list[str | None], name: str) -> Any:
    table = pa.table({"text": texts, "n": list(range(len(texts)))})
    return SimpleNamespace(table=table, fingerprint=name, rows=table.num_rows, path=Path())


def test_the_number_of_rows_follows_from_their_length() -> None:
    long = split_of(["x" * (CHARACTERS_MAX // 4), "x" * (CHARACTERS_MAX // 4)], "long rows")
    short = split_of(["x", None], "short rows")
    assert affordable_rows(long, ["text"], 1000, cancelled=lambda: False) == 4
    assert affordable_rows(long, ["text", "text"], 1000, cancelled=lambda: False) == 2
    assert affordable_rows(short, ["text"], 1000, cancelled=lambda: False) == 1000
    assert affordable_rows(split_of([], "none"), ["text"], 10, cancelled=lambda: False) == 10
    with pytest.raises(InvalidInput):
        affordable_rows(short, ["else"], 10, cancelled=lambda: False)
