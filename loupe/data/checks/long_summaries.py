"""Summaries that are no shorter than their documents."""

from __future__ import annotations

from typing import Any, ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.checks.ratios import target_length, text_length
from loupe.data.checks.summaries import is_summary
from loupe.data.spec import Role


class LongSummaries(Check):
    """Summaries that are not shorter than the document they sum up. Only where most targets are
    far shorter than their sources, so that the pairs are summaries."""

    name: ClassVar[str] = "long_summaries"
    title: ClassVar[str] = "Summaries as long as their documents"
    needs: ClassVar[tuple[Role, ...]] = (Role.SOURCE, Role.TARGET)

    def look(self, subject: Subject) -> list[Finding]:
        if not is_summary(subject):
            return []
        source, target = subject.roles[Role.SOURCE], subject.roles[Role.TARGET]
        return by_rows(
            subject,
            self,
            subject.where(source, _not_shorter, target),
            "{rows:,} of {total:,} summaries are not shorter than their document.",
            Severity.ERROR,
        )


def _not_shorter(source: Any, target: Any) -> bool:
    length = text_length(source)
    return 0 < length <= target_length(target)
