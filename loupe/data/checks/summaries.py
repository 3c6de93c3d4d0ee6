"""Whether pairs are documents with their summaries, and not translations."""

from __future__ import annotations

import numpy as np

from loupe.data.checks.check import Subject
from loupe.data.checks.ratios import target_length, text_length
from loupe.data.spec import Role

# A translation is seldom so much shorter than its source; a summary nearly always is.
SUMMARY_SHARE = 0.6
_LOOKED_AT = 1000


def is_summary(subject: Subject) -> bool:
    """By the median ratio of the lengths of the first rows: both tasks have the same roles."""
    columns = (subject.roles[Role.SOURCE], subject.roles[Role.TARGET])
    ratios: list[float] = []
    for part in subject.parts.values():
        mask = np.arange(len(part)) < _LOOKED_AT
        for source, target in part.values(columns, mask):
            length = text_length(source)
            if length:
                ratios.append(target_length(target) / length)
    return bool(ratios) and float(np.median(ratios)) < SUMMARY_SHARE
