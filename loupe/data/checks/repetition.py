"""Documents that say the same again and again."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.recipe.cells import as_text
from loupe.data.spec import Role

# The shares of Rae et al. 2021 (Gopher), table A1.
LINES_SHARE = 0.30
TOP_FOUR_WORDS_SHARE = 0.16
# Shorter ones repeat themselves by chance.
LEAST_LINES = 4
LEAST_WORDS = 50
_N = 4
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n+")


class Repetition(Check):
    """Documents of which more than 30 % of the lines or sentences were said before, or of which
    one run of four words makes up more than 16 % (Rae et al. 2021, table A1). A language model
    learns from them to go in circles."""

    name: ClassVar[str] = "repetition"
    title: ClassVar[str] = "Repetition inside a text"
    needs_one_of: ClassVar[tuple[Role, ...]] = (Role.TEXT, Role.SOURCE)

    def look(self, subject: Subject) -> list[Finding]:
        column = subject.inputs[0]
        return by_rows(
            subject,
            self,
            subject.where(column, repeats_itself),
            "{rows:,} of {total:,} texts repeat themselves: more than {lines:.0%} of their "
            "sentences, or four words that make up more than {words:.0%}.",
            Severity.WARNING,
            lines=LINES_SHARE,
            words=TOP_FOUR_WORDS_SHARE,
        )


def repeats_itself(value: Any) -> bool:
    """Whether more of a text than the two shares was said before in it."""
    text = as_text(value)
    words = text.split()
    if len(words) < LEAST_WORDS:
        return False
    runs = list(zip(*(words[i:] for i in range(_N)), strict=False))
    if len(set(runs)) == len(runs):
        return False  # most short texts; nothing long was said twice
    return _lines_share(text) > LINES_SHARE or _run_share(runs, words) > TOP_FOUR_WORDS_SHARE


def _lines_share(text: str) -> float:
    # What has no letter says nothing again: ". . ." stands in many texts.
    lines = [line.strip() for line in _SENTENCE_END.split(text) if any(map(str.isalnum, line))]
    return 0.0 if len(lines) < LEAST_LINES else 1 - len(set(lines)) / len(lines)


def _run_share(runs: Sequence[tuple[str, ...]], words: Sequence[str]) -> float:
    """The characters of the commonest run of words, all its occurrences, over all of them."""
    run, count = Counter(runs).most_common(1)[0]
    return count * sum(map(len, run)) / sum(map(len, words)) if count > 1 else 0.0
