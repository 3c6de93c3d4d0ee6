"""Rows as CSV that a spreadsheet takes for what they are: text stays text."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence

from loupe.formula_guard import guarded

Row = Mapping[str, str | int | float | bool | None]


def to_csv(rows: Sequence[Row]) -> str:
    """A header and one line a row; columns in the order in which they first come up.

    Text that could run as a formula has a quote put before it; see loupe.formula_guard.
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([guarded(name) for name in columns])
    for row in rows:
        writer.writerow([guarded(row.get(name)) for name in columns])
    return out.getvalue()
