"""What a normaliser did to a text, place by place, and what was lost by it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from itertools import combinations

from loupe.tokenization.records import Change, Loss, Part, Span

# SentencePiece's sign for a space.
_SPACES = "▁"


def find_changes(text: str, characters: Sequence[Part], start: int) -> list[Change]:
    """The places where `text` was changed, left to right.

    characters: of the normalised text, each with the span of `text` that it came from; spans count
    from `start`, which is where `text` begins. Neighbours that lost the same are one change.
    """
    changes: list[Change] = []
    at = start
    for span, after in _by_span(characters):
        if span[0] > at:
            _add(changes, _change(text, (at, span[0]), "", start))
        at = max(at, span[1])
        if text[span[0] - start : span[1] - start] != after:
            _add(changes, _change(text, span, after, start))
    if at < start + len(text):
        _add(changes, _change(text, (at, start + len(text)), "", start))
    return changes


def _by_span(characters: Iterable[Part]) -> Iterable[tuple[Span, str]]:
    """Characters that came from the same place together: `é` to `e` and an accent."""
    held: tuple[Span, str] | None = None
    for character in characters:
        span = character.span
        if held is not None and span[0] < held[0][1]:
            held = ((held[0][0], max(held[0][1], span[1])), held[1] + character.text)
            continue
        if held is not None:
            yield held
        held = (span, character.text)
    if held is not None:
        yield held


def _change(text: str, span: Span, after: str, start: int) -> Change:
    before = text[span[0] - start : span[1] - start]
    return Change(span, before, after, losses(before, after))


def _add(changes: list[Change], change: Change) -> None:
    if not change.losses:  # a space and its sign: nothing is lost
        return
    last = changes[-1] if changes else None
    if last is None or last.span[1] != change.span[0]:
        changes.append(change)
        return
    # A letter takes its accent in (e + ´ → é): what went away then went into it.
    is_taken_in = not change.after and bool(unicodedata.combining(change.before[0]))
    if not is_taken_in and last.losses != change.losses:
        changes.append(change)
        return
    before, after = last.before + change.before, last.after + change.after
    changes[-1] = Change(
        (last.span[0], change.span[1]),
        before,
        after,
        losses(before, after) if is_taken_in else change.losses,
    )


def losses(before: str, after: str) -> tuple[Loss, ...]:
    """What is another by this change: the fewest of the losses that explain it."""
    found: list[Loss] = []
    if _spaces(before) != _spaces(after):
        found.append(Loss.SPACE)
    if _unseen(before) != _unseen(after):
        found.append(Loss.CONTROL)
    old, new = _plain(before), _plain(after)
    if old == new:
        return tuple(found)
    kinds = (Loss.CASE, Loss.FORM, Loss.ACCENTS)
    for count in range(1, len(kinds) + 1):
        for some in combinations(kinds, count):
            if _fold(old, some) == _fold(new, some):
                return (*some, *found)
    return (Loss.OTHER, *found)


def _is_space(character: str) -> bool:
    return character.isspace() or character in _SPACES


def _spaces(text: str) -> list[str]:
    return [" " if c in _SPACES else c for c in text if _is_space(c)]


def _unseen(text: str) -> list[str]:
    return [c for c in text if unicodedata.category(c)[0] == "C" and not _is_space(c)]


def _plain(text: str) -> str:
    """The text without what is a loss of its own."""
    return "".join(c for c in text if not _is_space(c) and unicodedata.category(c)[0] != "C")


def _fold(text: str, some: Sequence[Loss]) -> str:
    if Loss.FORM in some:
        text = unicodedata.normalize("NFKC", text)
    if Loss.CASE in some:
        text = text.lower()
    if Loss.ACCENTS in some:
        parts = unicodedata.normalize("NFD", text)
        text = "".join(part for part in parts if unicodedata.category(part) != "Mn")
    return text
