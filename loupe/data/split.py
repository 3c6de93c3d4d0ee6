"""Who is held out: decided by each text alone, so that no text stands on both sides."""

from __future__ import annotations

import random
from collections.abc import Sequence
from hashlib import sha256

from datasets import Dataset

from loupe.data.spec import Role
from loupe.errors import InvalidInput

_SCALE = 2**64


def normalise(text: str | Sequence[str]) -> str:
    """What makes two texts the same: lower case, any white space as one space; words joined."""
    joined = text if isinstance(text, str) else " ".join(text)
    return " ".join(joined.lower().split())


def place_of(text: str | Sequence[str]) -> float:
    """A number in [0, 1) that depends on the normalised text alone, alike on every machine."""
    digest = sha256(normalise(text).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:8], "big") / _SCALE


def hold_out(rows: Dataset, role: Role, share: float) -> tuple[Dataset, Dataset]:
    """(train, held out): about `share` of the distinct texts of `role` are held out.

    Texts that are equal when normalised fall on one side. Where the share of few texts would leave
    a side empty, it gets the one text that is nearest to it. share 0 holds nothing out.
    Raises InvalidInput where all texts are the same one.
    """
    places = [place_of(text) for text in rows[role.value][:]]
    if share == 0:
        return rows, rows.select([])
    distinct = sorted(set(places))
    if len(distinct) < 2:
        raise InvalidInput(
            "All {count} rows have the same {role}: nothing can be held out.",
            "Give a file of its own for validation, or more rows.",
            count=len(places),
            role=role.value,
        )
    # Below the second place the first is held out; above the last but one the last is not.
    threshold = min(max(share, distinct[1]), distinct[-1])
    held = [i for i, place in enumerate(places) if place < threshold]
    kept = [i for i, place in enumerate(places) if place >= threshold]
    return rows.select(kept), rows.select(held)


def limit(rows: Dataset, n: int | None, seed: int) -> Dataset:
    """At most `n` rows, drawn by `seed` and kept in order, so that a sorted file is no trap."""
    if n is None or len(rows) <= n:
        return rows
    return rows.select(sorted(random.Random(seed).sample(range(len(rows)), n)))
