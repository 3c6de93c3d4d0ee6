"""Texts that read NA or null."""

from __future__ import annotations

from typing import Any, ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.recipe.cells import as_text
from loupe.data.recipe.drop_rows import DropRows, OneOf
from loupe.data.spec import Role

# What programs write where there is no value; letter by letter, since "na" and "Nan" are words.
WORDS = ("NA", "N/A", "#N/A", "n/a", "null", "NULL", "None", "nan", "NaN", "undefined", "<NA>")


class LiteralWords(Check):
    """Texts that read "NA", "null" or "None" and nothing else. Somewhere on the way a program wrote
    a word for a value that was missing; other readers make it missing again, Loupe keeps it."""

    name: ClassVar[str] = "literal_words"
    title: ClassVar[str] = "Words for nothing"

    def look(self, subject: Subject) -> list[Finding]:
        found = []
        for role, column in subject.roles.items():
            if role in (Role.LABEL, Role.TAGS, Role.TOKENS):
                continue
            found += by_rows(
                subject,
                self,
                subject.where(column, _is_word),
                "{rows:,} of {total:,} rows read NA, null or the like in “{column}”.",
                Severity.WARNING,
                DropRows(column=column, where=OneOf(values=WORDS)),
                column=column,
            )
        return found


def _is_word(value: Any) -> bool:
    return as_text(value) in WORDS
