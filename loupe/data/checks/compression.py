"""Summaries that are far too short or too long for their documents."""

from __future__ import annotations

from typing import ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.checks.ratios import ratio_outliers
from loupe.data.checks.summaries import is_summary
from loupe.data.spec import Role


class Compression(Check):
    """Summaries far shorter or longer for their document than the others are for theirs: more than
    3 interquartile ranges beyond the quartiles of the logarithm of the ratio."""

    name: ClassVar[str] = "compression"
    title: ClassVar[str] = "Unusual compression"
    needs: ClassVar[tuple[Role, ...]] = (Role.SOURCE, Role.TARGET)

    def look(self, subject: Subject) -> list[Finding]:
        if not is_summary(subject):
            return []
        rows, low, high = ratio_outliers(subject)
        return by_rows(
            subject,
            self,
            rows,
            "{rows:,} of {total:,} summaries have less than {low:.1%} or more than {high:.1%} of "
            "their document's length.",
            Severity.NOTE,
            low=low,
            high=high,
        )
