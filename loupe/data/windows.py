"""Long texts in pieces that a model can read: every token in exactly one window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from loupe.errors import InvalidInput

Item = TypeVar("Item")

_PROBE = "a"


@dataclass(frozen=True, slots=True)
class Frame:
    """The special tokens that a tokenizer puts before and after a text: [CLS] and [SEP]."""

    before: tuple[int, ...]
    after: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.before) + len(self.after)


def frame_of(tokenizer: Any) -> Frame:
    """Found by a probe, since fast and slow tokenizers tell it in different ways."""
    bare = tokenizer(_PROBE, add_special_tokens=False)["input_ids"]
    full = tokenizer(_PROBE)["input_ids"]
    for start in range(len(full) - len(bare) + 1):
        if full[start : start + len(bare)] == bare:
            return Frame(tuple(full[:start]), tuple(full[start + len(bare) :]))
    raise AssertionError(f"the probe is not in its own encoding: {bare} in {full}")


def cut(items: Sequence[Item], size: int, *, smallest: int = 1) -> list[Sequence[Item]]:
    """Consecutive windows of at most `size`; put together they are `items` again.

    smallest: the last window gets at least so many, taken from the one before it. 2 for causal
    models, which predict nothing in a window of one token.
    """
    assert smallest == 1 or size >= 2 * smallest
    ends = list(range(size, len(items), size))
    if ends and len(items) - ends[-1] < smallest:
        ends[-1] = len(items) - smallest
    return [items[a:b] for a, b in zip([0, *ends], [*ends, len(items)], strict=True) if b > a]


def room_for(frame: Frame, max_length: int) -> int:
    """How many tokens of text fit into a window. Raises InvalidInput where none does."""
    room = max_length - len(frame)
    if room < 1:
        raise InvalidInput(
            "max_length {max_length} leaves no room beside {special} special tokens.",
            "Choose at least {least}.",
            max_length=max_length,
            special=len(frame),
            least=len(frame) + 1,
        )
    return room
