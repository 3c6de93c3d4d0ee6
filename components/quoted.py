"""Anybody's text within a sentence of ours."""

from __future__ import annotations

# Unicode's isolates: without them a name in Arabic turns around the numbers that stand beside it.
_FIRST_STRONG, _POP = "\u2068", "\u2069"


def quoted(text: str) -> str:
    """The text in quotation marks, with a direction of its own."""
    return f"“{_FIRST_STRONG}{text}{_POP}”"
