"""Which texts go through a model together."""

from __future__ import annotations

from collections.abc import Sequence

MAX_ROWS = 128


def plan(lengths: Sequence[int], budget_tokens: int, max_rows: int = MAX_ROWS) -> list[list[int]]:
    """Batches of indices into `lengths`, every index once, the longest texts first.

    Texts of like length share a batch, so that little is padded and rows end at about the same
    time; rows x the longest of them is at most `budget_tokens`, but for a text that is longer by
    itself. The longest come first: what does not fit into memory fails at once, and the time left
    is overestimated rather than underestimated.
    """
    order = sorted(range(len(lengths)), key=lambda i: (-lengths[i], i))
    batches: list[list[int]] = []
    for i in order:
        current = batches[-1] if batches else None
        full = current is None or len(current) >= max_rows
        if full or (len(current or ()) + 1) * lengths[(current or [i])[0]] > budget_tokens:
            batches.append([i])
        else:
            batches[-1].append(i)
    return batches
