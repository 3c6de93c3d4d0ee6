"""Rows that stand in a split more than once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from loupe.data.checks.check import Check, Finding, Place, Severity, Subject, count_of, pairs_of
from loupe.data.recipe.drop_duplicates import DropDuplicates
from loupe.data.recipe.part import Ids
from loupe.data.recipe.same_rows import extra_copies, first_copies
from loupe.errors import Phrase


class ExactDuplicates(Check):
    """Rows that are the same in every column that has a role as one before them in the same split.
    A model sees them more often than others, and learns them by heart sooner."""

    name: ClassVar[str] = "exact_duplicates"
    title: ClassVar[str] = "Exact duplicates"

    def look(self, subject: Subject) -> list[Finding]:
        if not subject.columns:
            return []
        groups = subject.groups(subject.columns, normalised=False)
        rows = {name: copies for name, g in groups.items() if len(copies := extra_copies(g))}
        if not rows:
            return []
        return [
            Finding(
                self.name,
                Phrase(
                    "{rows:,} of {total:,} rows are copies of a row before them.",
                    {"rows": count_of(rows), "total": subject.total},
                ),
                Severity.WARNING,
                rows,
                pairs_of(copies_with_first(groups, rows)),
                DropDuplicates(columns=subject.columns),
            )
        ]


def copies_with_first(
    groups: dict[str, Ids], rows: dict[str, Ids]
) -> Iterator[tuple[Place, Place]]:
    """Each copy beside the first row of its group in its split."""
    for name, copies in rows.items():
        first = first_copies(groups[name])
        for row in copies.tolist():
            yield (name, first[int(groups[name][row])]), (name, row)
