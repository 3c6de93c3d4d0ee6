"""Rows as CSV that a spreadsheet takes for what they are: text stays text."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence

Row = Mapping[str, str | int | float | bool | None]

# What Excel, LibreOffice and Google Sheets may take for a formula, white space before it included,
# with the full-width signs that some of them read as the others. A quote before it is guarded too,
# so that taking one quote away always gives the original back.
_FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠]|'*[\t\r]")
GUARD = "'"


def to_csv(rows: Sequence[Row]) -> str:
    """A header and one line a row; columns in the order in which they first come up.

    Text that could run as a formula has a quote put before it, which spreadsheets hide or show but
    never run. Numbers stay numbers, negative ones too.
    Source: OWASP, "CSV Injection".
    """
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([_guarded(name) for name in columns])
    for row in rows:
        writer.writerow([_guarded(row.get(name)) for name in columns])
    return out.getvalue()


def _guarded(cell: object) -> object:
    return GUARD + cell if isinstance(cell, str) and _FORMULA.match(cell) else cell
