"""Labels that few rows have."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject
from loupe.data.checks.labels import labels_of
from loupe.data.recipe.cells import same_text
from loupe.data.spec import Role
from loupe.errors import Phrase

# The commonest label has so many times the rows of the rarest.
IMBALANCE = 10


class LabelImbalance(Check):
    """One label has many times the rows of another. A model that always says the commonest then
    looks good: look at the score of each class, and weigh the classes in training."""

    name: ClassVar[str] = "label_imbalance"
    title: ClassVar[str] = "Unbalanced labels"
    needs: ClassVar[tuple[Role, ...]] = (Role.LABEL,)

    def look(self, subject: Subject) -> list[Finding]:
        column = subject.roles[Role.LABEL]
        counts = Counter(
            same_text(label)
            for part in subject.parts.values()
            for v in part.column(column)
            for label in labels_of(v)
        )
        if len(counts) < 2:
            return []
        (most, many), (least, few) = counts.most_common()[0], counts.most_common()[-1]
        if many < IMBALANCE * few:
            return []
        rows = subject.where(column, lambda value: least in map(same_text, labels_of(value)))
        return [
            Finding(
                self.name,
                Phrase(
                    "“{most}” has {times:.0f} times the rows of “{least}”: {many:,} and {few:,}.",
                    {"most": most, "least": least, "many": many, "few": few, "times": many / few},
                ),
                Severity.NOTE,
                rows,
            )
        ]
