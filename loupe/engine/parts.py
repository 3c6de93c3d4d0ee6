"""Long work in parts: others who wait for the model get theirs in between."""

from __future__ import annotations

from collections.abc import Generator
from typing import Protocol, TypeVar

T = TypeVar("T")
Turns = Generator[tuple[()], None, T]


class Watch(Protocol):
    """What of a ticket is needed by work: to say how far it is, and to stop."""

    def report(
        self, done: int, total: int | None = None, unit: str = "", partial: object = None
    ) -> None: ...

    def raise_if_cancelled(self) -> None: ...


def finish(turns: Turns[T]) -> T:
    """All the turns without a break: their result."""
    while True:
        try:
            next(turns)
        except StopIteration as stop:
            result: T = stop.value
            return result
