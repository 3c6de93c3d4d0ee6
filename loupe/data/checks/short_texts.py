"""Texts of a letter or two."""

from __future__ import annotations

from typing import Any, ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.recipe.cells import as_text
from loupe.data.spec import Role

# Of one word, letters and digits.
LEAST_LETTERS = 4
# Where a sign stands for a syllable or a word, two say as much as a word.
LEAST_IDEOGRAPHS = 2
_FIRST_IDEOGRAPH = "\u2e80"
_LONGEST = 60  # a longer one says something, if it has a letter near its start


class ShortTexts(Check):
    """Texts of one word of at most three letters, such as "k", or of none, such as "?!". They say
    too little to be told apart, and are often what is left of a text that was cut. In scripts that
    have a sign for a word or a syllable, one sign. Empty texts have a check of their own."""

    name: ClassVar[str] = "short_texts"
    title: ClassVar[str] = "Texts that say next to nothing"

    def look(self, subject: Subject) -> list[Finding]:
        found = []
        for role, column in subject.roles.items():
            if role in (Role.LABEL, Role.TAGS):
                continue
            found += by_rows(
                subject,
                self,
                subject.where(column, _says_little),
                "{rows:,} of {total:,} rows have one word of fewer than {least} letters, or none, "
                "in “{column}”.",
                Severity.WARNING,
                column=column,
                least=LEAST_LETTERS,
            )
        return found


def _says_little(value: Any) -> bool:
    text = as_text(value)
    if len(text) > _LONGEST and _has_letter(text[:_LONGEST]):
        return False
    words = text.split()
    if len(words) != 1:
        return bool(words) and not _has_letter(text)
    letters = sum(map(str.isalnum, words[0]))
    return letters < (LEAST_IDEOGRAPHS if max(words[0]) >= _FIRST_IDEOGRAPH else LEAST_LETTERS)


def _has_letter(text: str) -> bool:
    return any(map(str.isalnum, text))
