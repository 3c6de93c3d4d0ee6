"""Pairs whose two sides are the same."""

from __future__ import annotations

from typing import Any, ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.checks.summaries import is_summary
from loupe.data.recipe.cells import is_empty, length_of, same_text
from loupe.data.spec import Role

# "OK" and "Paris." are their own translations.
LEAST_WORDS = 3


class Untranslated(Check):
    """Targets that are their source, but for case and white space, in three words or more. A model
    that learns from them copies instead of translating. Summaries have a check of their own."""

    name: ClassVar[str] = "untranslated"
    title: ClassVar[str] = "Targets that are their source"
    needs: ClassVar[tuple[Role, ...]] = (Role.SOURCE, Role.TARGET)

    def look(self, subject: Subject) -> list[Finding]:
        if is_summary(subject):
            return []
        source, target = subject.roles[Role.SOURCE], subject.roles[Role.TARGET]
        return by_rows(
            subject,
            self,
            subject.where(source, _copied, target),
            "{rows:,} of {total:,} targets are their source.",
            Severity.WARNING,
        )


def _copied(source: Any, target: Any) -> bool:
    if is_empty(source) or length_of(source, "words") < LEAST_WORDS:
        return False
    targets = target if isinstance(target, list) else [target]
    return any(same_text(item) == same_text(source) for item in targets)
