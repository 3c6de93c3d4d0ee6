"""Where a decoded text differs from the one that was written."""

from __future__ import annotations

from difflib import SequenceMatcher

from loupe.tokenization.records import Span

# The search for what two texts share takes the square of their length.
_COMPARED_CHARACTERS = 2_000


def differences(text: str, other: str) -> tuple[list[Span], list[Span]]:
    """The places of each that the other has not, left to right.

    Of long texts only the beginning is compared place by place; what follows the first differences
    there is one place, unless both end alike.
    """
    start = _common(text, other)
    end = min(_common(text[::-1], other[::-1]), len(text) - start, len(other) - start)
    ours, theirs = text[start : len(text) - end], other[start : len(other) - end]
    cut_ours, cut_theirs = ours[:_COMPARED_CHARACTERS], theirs[:_COMPARED_CHARACTERS]
    own: list[Span] = []
    others: list[Span] = []
    matcher = SequenceMatcher(None, cut_ours, cut_theirs, autojunk=False)
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            continue
        if b > a:
            own.append((start + a, start + b))
        if d > c:
            others.append((start + c, start + d))
    if len(ours) > len(cut_ours):
        own.append((start + len(cut_ours), start + len(ours)))
    if len(theirs) > len(cut_theirs):
        others.append((start + len(cut_theirs), start + len(theirs)))
    return own, others


def _common(text: str, other: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(text), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text[:middle] == other[:middle] else (low, middle - 1)
    return low
