"""Labels that differ in case and white space alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject, count_of
from loupe.data.checks.labels import labels_of
from loupe.data.recipe.cells import same_text
from loupe.data.recipe.merge_labels import MergeLabels
from loupe.data.spec import Role
from loupe.errors import Phrase


class AliasLabels(Check):
    """Labels, or tags of words, that differ in case and white space alone: "pos", "pos ", "Pos". To
    a model each of them is a class of its own. The fix writes all of them as the commonest."""

    name: ClassVar[str] = "alias_labels"
    title: ClassVar[str] = "Labels in several spellings"
    needs_one_of: ClassVar[tuple[Role, ...]] = (Role.LABEL, Role.TAGS)

    def look(self, subject: Subject) -> list[Finding]:
        column = subject.answers
        counts = Counter(
            label
            for part in subject.parts.values()
            for value in part.column(column)
            for label in labels_of(value)
        )
        # Of tags, the types of entities: B-PER and I-PER are spelled alike or not together.
        name_of = type_of if column == subject.roles.get(Role.TAGS) else str
        named: Counter[str] = Counter()
        for label, count in counts.items():
            named[name_of(label)] += count
        spellings: dict[str, list[str]] = defaultdict(list)
        for name in sorted(named):
            spellings[same_text(name)].append(name)
        found = []
        for names in spellings.values():
            if len(names) < 2:
                continue
            usual = max(names, key=lambda name: named[name])
            others = {
                label: label.removesuffix(name_of(label)) + usual
                for label in sorted(counts)
                if name_of(label) in names and name_of(label) != usual
            }
            found.append(_finding(self, subject, column, names, usual, others))
        return found


def type_of(tag: str) -> str:
    """PER of B-PER and of I-PER."""
    return tag[2:] if tag[1:2] in ("-", "_") else tag


def _finding(
    check: Check,
    subject: Subject,
    column: str,
    names: list[str],
    usual: str,
    others: dict[str, str],
) -> Finding:
    rows = subject.where(column, lambda value: any(name in others for name in labels_of(value)))
    params = {
        "labels": ", ".join(f"“{name}”" for name in names),
        "usual": usual,
        "rows": count_of(rows),
    }
    message = (
        "{labels} are one label in several spellings; {rows:,} rows have another than “{usual}”."
    )
    return Finding(
        check.name,
        Phrase(message, params),
        Severity.ERROR,
        rows,
        fix=MergeLabels(column=column, labels=others),
    )
