"""Labels that are missing, or are numbers that no class has."""

from __future__ import annotations

from typing import Any, ClassVar

from datasets import Dataset

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.checks.labels import is_out_of_range
from loupe.data.recipe.cells import is_empty
from loupe.data.recipe.part import class_names
from loupe.data.spec import Role


class MissingLabels(Check):
    """Rows without a label, or with a number that no class has: below zero, a fraction, or beyond
    the names of the classes. -1 often marks a label that nobody gave."""

    name: ClassVar[str] = "missing_labels"
    title: ClassVar[str] = "Missing or impossible labels"
    needs: ClassVar[tuple[Role, ...]] = (Role.LABEL,)

    def look(self, subject: Subject) -> list[Finding]:
        column = subject.roles[Role.LABEL]
        named = {name for rows in subject.splits.values() for name in _names(rows, column)}

        def holds(value: Any) -> bool:
            if is_empty(value) and value != []:
                return True
            return is_out_of_range(value) or bool(
                named and isinstance(value, str) and value not in named
            )

        rows = subject.where(column, holds)
        return by_rows(
            subject,
            self,
            rows,
            "{rows:,} of {total:,} rows have no label, or one that no class has.",
            Severity.ERROR,
        )


def _names(rows: Dataset, column: str) -> list[str]:
    flat = rows.flatten().features
    return class_names(flat[column]) or []
