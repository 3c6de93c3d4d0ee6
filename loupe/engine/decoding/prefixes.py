"""Keys and values of texts that were read before, for the next text that begins alike."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from loupe.engine.decoding import key_values


@dataclass(frozen=True, slots=True)
class Kept:
    """One text: its tokens, the work's notes on them, and its cache (B = 1, plain)."""

    ids: tuple[int, ...]
    notes: tuple[Any, ...]
    cache: Any
    bytes: int


class Prefixes:
    """The texts read last, within a memory budget; the one used longest ago leaves first.

    A branch of a text, another sample of the same prompt and the next turn of a dialogue all start
    from here. Only the thread that owns the model may use it.
    """

    def __init__(self, budget_bytes: int) -> None:
        self.budget_bytes = budget_bytes
        self._kept: OrderedDict[tuple[int, ...], Kept] = OrderedDict()

    @property
    def bytes(self) -> int:
        return sum(kept.bytes for kept in self._kept.values())

    def find(self, ids: Sequence[int]) -> tuple[Kept, int] | None:
        """The kept text that begins most like `ids`, and for how many tokens; None without any."""
        best: tuple[Kept, int] | None = None
        for kept in self._kept.values():
            common = _common(kept.ids, ids)
            if common and (best is None or common >= best[1]):
                best = kept, common
        if best is not None:
            self._kept.move_to_end(best[0].ids)
        return best

    def keep(self, ids: Sequence[int], notes: Sequence[Any], cache: Any) -> None:
        """Keep a text; those that it begins with are no longer needed."""
        key = tuple(ids)
        size = key_values.size_bytes(cache)
        if size > self.budget_bytes or any(other[: len(key)] == key for other in self._kept):
            return
        for other in [other for other in self._kept if key[: len(other)] == other]:
            del self._kept[other]
        self._kept[key] = Kept(key, tuple(notes), cache, size)
        while self.bytes > self.budget_bytes:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        self._kept.clear()


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    for i, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return i
    return min(len(one), len(other))
