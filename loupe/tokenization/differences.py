"""Where a decoded text differs from the one that was written."""

from __future__ import annotations

from loupe.tokenization.records import Span

# Beyond these a difference is one place: nobody reads thousands of marks.
_COMPARED_CHARACTERS = 2_000
# How far the two are looked through for where they go on alike: a long word can be one `[UNK]`.
_REACH_CHARACTERS = 80
# So many equal characters are no accident; fewer do where nothing better is near.
_SURE_CHARACTERS = 3
_NEAR_CHARACTERS = 6


def differences(text: str, other: str) -> tuple[list[Span], list[Span]]:
    """The places of each that the other has not, left to right.

    What lies between the places is equal in both. Of long texts only the beginning is compared
    place by place; what follows the first differences there is one place, unless both end alike.
    """
    start = _common(text, other)
    end = min(_common(text[::-1], other[::-1]), len(text) - start, len(other) - start)
    stops = len(text) - end, len(other) - end
    own: list[Span] = []
    others: list[Span] = []
    at, other_at = start, start
    while at < stops[0] or other_at < stops[1]:
        if at < stops[0] and other_at < stops[1] and text[at] == other[other_at]:
            at, other_at = at + 1, other_at + 1
            continue
        skip, other_skip = stops[0] - at, stops[1] - other_at
        if max(at, other_at) - start < _COMPARED_CHARACTERS:
            skip, other_skip = _resume(text[at : stops[0]], other[other_at : stops[1]])
        _add(own, at, skip)
        _add(others, other_at, other_skip)
        at, other_at = at + skip, other_at + other_skip
    return own, others


def _resume(text: str, other: str) -> tuple[int, int]:
    """How many characters of each to leave out until they go on alike; the fewest together."""
    best: tuple[int, int] | None = None
    for total in range(1, min(len(text) + len(other), _REACH_CHARACTERS) + 1):
        if best is not None and total > sum(best) + _NEAR_CHARACTERS:
            return best
        for skip in _balanced(total):
            run = _run(text, skip, other, total - skip)
            is_letter = skip == total - skip == 1  # é and e: what comes next is alike
            if run >= (1 if is_letter else _SURE_CHARACTERS):
                return skip, total - skip
            if run and best is None:
                best = skip, total - skip
    return best or (len(text), len(other))


def _balanced(total: int) -> list[int]:
    """The ways to part a number, the even one first: a letter mostly stands for a letter."""
    return sorted(range(total + 1), key=lambda part: abs(2 * part - total))


def _run(text: str, at: int, other: str, other_at: int) -> int:
    """How many characters are equal from there; the end of both counts as enough."""
    ours, theirs = text[at : at + _SURE_CHARACTERS], other[other_at : other_at + _SURE_CHARACTERS]
    if not ours and not theirs and at == len(text) and other_at == len(other):
        return _SURE_CHARACTERS
    equal = _common(ours, theirs)
    return _SURE_CHARACTERS if equal and ours == theirs else equal


def _add(places: list[Span], start: int, length: int) -> None:
    if not length:
        return
    if places and places[-1][1] == start:
        places[-1] = places[-1][0], start + length
    else:
        places.append((start, start + length))


def _common(text: str, other: str) -> int:
    """How many characters both begin with."""
    low, high = 0, min(len(text), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if text[:middle] == other[:middle] else (low, middle - 1)
    return low
