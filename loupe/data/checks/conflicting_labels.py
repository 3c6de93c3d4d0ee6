"""One text, several labels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

import numpy as np

from loupe.data.checks.check import Check, Finding, Place, Severity, Subject, count_of, pairs_of
from loupe.data.recipe.drop_conflicts import DropConflicts, conflicts
from loupe.data.recipe.part import Ids, Mask
from loupe.data.spec import Role
from loupe.errors import Phrase


class ConflictingLabels(Check):
    """The same text with different labels or tags, in one split or in two. No model can get all of
    them right. Case and white space do not count, in the text and in the label."""

    name: ClassVar[str] = "conflicting_labels"
    title: ClassVar[str] = "Conflicting labels"
    needs_one_of: ClassVar[tuple[Role, ...]] = (Role.LABEL, Role.TAGS)

    def look(self, subject: Subject) -> list[Finding]:
        if not subject.inputs:
            return []
        label = subject.answers
        groups = subject.groups(subject.inputs, normalised=True)
        found = conflicts(subject.parts, groups, label)
        rows = {name: np.flatnonzero(mask) for name, (mask, _) in found.items() if mask.any()}
        if not rows:
            return []
        texts = len(np.unique(np.concatenate([group[mask] for mask, group in found.values()])))
        return [
            Finding(
                self.name,
                Phrase(
                    "{texts:,} texts stand with several labels, in {rows:,} rows.",
                    {"texts": texts, "rows": count_of(rows)},
                ),
                Severity.ERROR,
                rows,
                pairs_of(_neighbours(found)),
                DropConflicts(columns=subject.inputs, label=label),
            )
        ]


def _neighbours(found: dict[str, tuple[Mask, Ids]]) -> Iterator[tuple[Place, Place]]:
    """Each row beside the first that has its text."""
    first: dict[int, Place] = {}
    for name, (mask, group) in found.items():
        for row in np.flatnonzero(mask).tolist():
            place = first.setdefault(int(group[row]), (name, row))
            if place != (name, row):
                yield place, (name, row)
