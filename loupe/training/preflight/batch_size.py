"""The largest batch that fits into memory while the effective batch stays the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from loupe.training.preflight.room import MEMORY_RESERVE_BYTES


@dataclass(frozen=True, slots=True)
class Tried:
    """One batch size on trial. peak_bytes: None where memory ran out."""

    batch: int
    accumulation: int
    peak_bytes: int | None
    step_s: float | None = None

    def fits(self, free_bytes: int) -> bool:
        """Whether it leaves the rest of the machine its room."""
        return self.peak_bytes is not None and self.peak_bytes + MEMORY_RESERVE_BYTES <= free_bytes


def probe(
    try_batch: Callable[[int, int], Tried], batch: int, accumulation: int, free_bytes: int
) -> list[Tried]:
    """What was tried, the last of which fits; none does where the last does not.

    try_batch: (batch, accumulation) on trial.
    """
    tried = []
    for size in sizes(batch, accumulation):
        tried.append(try_batch(size, batch * accumulation // size))
        if tried[-1].fits(free_bytes):
            break
    return tried


def sizes(batch: int, accumulation: int) -> Iterator[int]:
    """`batch`, then the divisors of the effective batch, each at most half of the one before."""
    effective = batch * accumulation
    yield batch
    while batch > 1:
        batch = next(size for size in range(batch // 2, 0, -1) if effective % size == 0)
        yield batch


def expected_bytes(smaller: Tried, batch: int, fixed_bytes: int) -> int:
    """What a batch would take, from what a smaller one took: activations grow with the rows.

    fixed_bytes: what weights, gradients and the optimizer take, whatever the batch.
    """
    assert smaller.peak_bytes is not None
    activations = max(0, smaller.peak_bytes - fixed_bytes)
    return fixed_bytes + activations * batch // smaller.batch
