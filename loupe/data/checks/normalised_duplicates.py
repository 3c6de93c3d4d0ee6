"""Rows that differ in case and white space alone."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from loupe.data.checks.check import Check, Finding, Severity, Subject, count_of, pairs_of
from loupe.data.checks.exact_duplicates import copies_with_first
from loupe.data.recipe.drop_duplicates import DropDuplicates
from loupe.data.recipe.same_rows import extra_copies
from loupe.errors import Phrase


class NormalisedDuplicates(Check):
    """Rows that differ from one before them in case and white space alone, in every column that
    has a role. Exact copies are counted by the check above."""

    name: ClassVar[str] = "normalised_duplicates"
    title: ClassVar[str] = "Duplicates but for case and white space"

    def look(self, subject: Subject) -> list[Finding]:
        if not subject.columns:
            return []
        exact = subject.groups(subject.columns, normalised=False)
        groups = subject.groups(subject.columns, normalised=True)
        rows = {}
        for name, group in groups.items():
            copies = np.setdiff1d(extra_copies(group), extra_copies(exact[name]))
            if len(copies):
                rows[name] = copies
        if not rows:
            return []
        return [
            Finding(
                self.name,
                Phrase(
                    "{rows:,} of {total:,} rows differ from a row before them in case and white "
                    "space alone.",
                    {"rows": count_of(rows), "total": subject.total},
                ),
                Severity.WARNING,
                rows,
                pairs_of(copies_with_first(groups, rows)),
                DropDuplicates(columns=subject.columns, normalised=True),
            )
        ]
