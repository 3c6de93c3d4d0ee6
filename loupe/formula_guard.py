"""Cells of a CSV that a spreadsheet takes for what they are: text stays text."""

from __future__ import annotations

import re

# What Excel, LibreOffice and Google Sheets may take for a formula, white space before it included,
# with the full-width signs that some of them read as the others. A quote before it is guarded too,
# so that taking one quote away always gives the original back.
FORMULA = re.compile(r"[\s']*[=+\-@＝＋－＠]|'*[\t\r]")
GUARD = "'"


def guarded(cell: object) -> object:
    """The cell; text that could run as a formula has a quote put before it.

    Spreadsheets hide the quote or show it, but never run what follows. Numbers stay numbers,
    negative ones too. Source: OWASP, "CSV Injection".
    """
    return GUARD + cell if isinstance(cell, str) and FORMULA.match(cell) else cell
