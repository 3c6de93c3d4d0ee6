"""Some rows that speak for all: spread over the file, and the longest."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from loupe.data.spec import Role
from loupe.training.evaluation import spread
from loupe.training.spec import ROLES

# Tokenising so many short texts takes about a second.
SAMPLE_ROWS = 2000
SAMPLE_CHARACTERS = 4_000_000
# More text teaches a vocabulary of a few thousand pieces little, for a trial.
VOCABULARY_CHARACTERS = 5_000_000
LONGEST_ROWS = 64

_NO_TEXT = (Role.LABEL, Role.TAGS)


@dataclass(frozen=True, slots=True)
class Sample:
    """rows: spread evenly; all where `share` is 1. longest: by characters; None where rows is all.

    share: of all rows.
    """

    rows: Any
    longest: Any | None
    share: float

    @property
    def is_whole(self) -> bool:
        return self.longest is None


def text_roles(task: str) -> tuple[Role, ...]:
    """The roles whose values are text."""
    return tuple(role for role in ROLES[task] if role not in _NO_TEXT)


def draw(rows: Any, task: str, batch: int) -> Sample:
    """Of a `datasets.Dataset` as read_rows gives it; batch: so many of the longest are wanted."""
    sizes = characters(rows, task)
    mean = max(1.0, sum(sizes) / max(1, len(rows)))
    count = max(1, min(SAMPLE_ROWS, int(SAMPLE_CHARACTERS / mean)))
    if count >= len(rows):
        return Sample(rows, None, 1.0)
    wanted = min(len(rows), max(LONGEST_ROWS, batch))
    # Not more text than the sample itself has: a book a row would never end.
    room = max(1, int(SAMPLE_CHARACTERS / max(1, max(sizes))))
    longest = sorted(range(len(rows)), key=lambda i: (-sizes[i], i))[: min(wanted, room)]
    chosen = rows.select(spread(len(rows), count))
    return Sample(chosen, rows.select(sorted(longest)), count / len(rows))


def characters(rows: Any, task: str) -> list[int]:
    """Of each row's texts together."""
    totals = [0] * len(rows)
    for role in text_roles(task):
        for i, value in enumerate(rows[role.value][:]):
            totals[i] += len(value) if isinstance(value, str) else sum(map(len, value))
    return totals
