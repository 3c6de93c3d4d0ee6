"""Rows with nothing to read."""

from __future__ import annotations

from typing import ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.recipe.cells import is_empty
from loupe.data.recipe.drop_rows import DropRows, Empty
from loupe.data.spec import Role


class EmptyTexts(Check):
    """Texts that are missing, empty, or white space alone. There is nothing to learn from them,
    and some models fail on them."""

    name: ClassVar[str] = "empty_texts"
    title: ClassVar[str] = "Empty texts"

    def look(self, subject: Subject) -> list[Finding]:
        found = []
        for role, column in subject.roles.items():
            if role in (Role.LABEL, Role.TAGS):
                continue
            found += by_rows(
                subject,
                self,
                subject.where(column, is_empty),
                "{rows:,} of {total:,} rows have nothing in “{column}”.",
                Severity.ERROR,
                DropRows(column=column, where=Empty()),
                column=column,
            )
        return found
