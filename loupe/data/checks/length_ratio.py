"""Pairs of which one side is far too long for the other."""

from __future__ import annotations

from typing import ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.checks.ratios import ratio_outliers
from loupe.data.checks.summaries import is_summary
from loupe.data.spec import Role


class LengthRatio(Check):
    """Translations far longer or shorter than their sources, compared with the other pairs: more
    than 3 interquartile ranges beyond the quartiles of the logarithm of the ratio. Often they
    belong to another row."""

    name: ClassVar[str] = "length_ratio"
    title: ClassVar[str] = "Pairs of unlike length"
    needs: ClassVar[tuple[Role, ...]] = (Role.SOURCE, Role.TARGET)

    def look(self, subject: Subject) -> list[Finding]:
        if is_summary(subject):
            return []
        rows, low, high = ratio_outliers(subject)
        return by_rows(
            subject,
            self,
            rows,
            "{rows:,} of {total:,} translations are less than {low:.1f} or more than {high:.1f} "
            "times as long as their source.",
            Severity.WARNING,
            low=low,
            high=high,
        )
