"""Clicks in components, which may come from a screen that is older than the last run."""

from __future__ import annotations

from collections.abc import Hashable


def fingerprint_of(drawn: Hashable) -> str:
    """What tells one drawing from the next: the browser sends back that of what it shows."""
    # As text: a browser's numbers hold 53 bits.
    return str(hash(drawn))
