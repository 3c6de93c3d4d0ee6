"""The same text written in another way: equal for people, and after normalisation."""

from __future__ import annotations

from collections.abc import Callable
from itertools import cycle

DISGUISES: tuple[Callable[[str], str], ...] = (
    str.upper,
    lambda text: text.replace(" ", "  ", 3),
    lambda text: f"  {text} ",
    str.lower,
    lambda text: f"{text.swapcase()} ",
    lambda text: text.replace(" ", "\u00a0", 2),
)


class Disguiser:
    """Takes the disguises in turn; one that would change nothing is passed over."""

    def __init__(self) -> None:
        self._turn = cycle(DISGUISES)

    def __call__(self, text: str) -> str:
        return next(new for disguise in self._turn if (new := disguise(text)) != text)
