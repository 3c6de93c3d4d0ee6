"""How many rows a first estimate reads: fewer where each is a whole book."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from loupe.data.opened import Split
from loupe.data.view.columns import MEASURED, column_named
from loupe.data.view.duck import IsCancelled
from loupe.data.view.scan import kept_lengths

# What words are counted of, and what is tokenised, within about a second.
CHARACTERS_MAX = 2_000_000


def affordable_rows(
    split: Split, columns: Sequence[str], most: int, *, cancelled: IsCancelled
) -> int:
    """At most `most`, at least 1. Raises InvalidInput for columns that are not there."""
    measure = kept_lengths(split.fingerprint, cancelled=cancelled)
    mean = 0.0
    for name in columns:
        column = column_named(split.table.schema, name)
        if column.kind in MEASURED and split.rows:
            lengths = measure(split.table, column, "characters")
            mean += float(np.maximum(lengths, 0).mean())
    return max(1, min(most, int(CHARACTERS_MAX / max(mean, 1.0))))
