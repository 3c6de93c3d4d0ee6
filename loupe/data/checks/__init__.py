"""Checks: what is often wrong with data, one fault a file.

To add one: a file with a class, a line in CHECKS, a test.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from datasets import Dataset

from loupe.data.checks.alias_labels import AliasLabels
from loupe.data.checks.check import Check, Finding, Severity, Subject
from loupe.data.checks.compression import Compression
from loupe.data.checks.conflicting_labels import ConflictingLabels
from loupe.data.checks.empty_texts import EmptyTexts
from loupe.data.checks.exact_duplicates import ExactDuplicates
from loupe.data.checks.invalid_bio import InvalidBio
from loupe.data.checks.label_imbalance import LabelImbalance
from loupe.data.checks.leaks import Leaks, NormalisedLeaks
from loupe.data.checks.length_outliers import LengthOutliers
from loupe.data.checks.length_ratio import LengthRatio
from loupe.data.checks.literal_words import LiteralWords
from loupe.data.checks.long_summaries import LongSummaries
from loupe.data.checks.missing_labels import MissingLabels
from loupe.data.checks.normalised_duplicates import NormalisedDuplicates
from loupe.data.checks.repetition import Repetition
from loupe.data.checks.short_texts import ShortTexts
from loupe.data.checks.untranslated import Untranslated
from loupe.data.spec import Role
from loupe.errors import Cancelled, InvalidInput

__all__ = ["CHECKS", "Check", "Finding", "Severity", "run_checks"]

# In the order in which they are shown: what makes results worthless first.
CHECKS: dict[str, Check] = {
    "leaks": Leaks(),
    "normalised_leaks": NormalisedLeaks(),
    "exact_duplicates": ExactDuplicates(),
    "normalised_duplicates": NormalisedDuplicates(),
    "conflicting_labels": ConflictingLabels(),
    "alias_labels": AliasLabels(),
    "missing_labels": MissingLabels(),
    "label_imbalance": LabelImbalance(),
    "empty_texts": EmptyTexts(),
    "literal_words": LiteralWords(),
    "short_texts": ShortTexts(),
    "length_outliers": LengthOutliers(),
    "invalid_bio": InvalidBio(),
    "length_ratio": LengthRatio(),
    "untranslated": Untranslated(),
    "long_summaries": LongSummaries(),
    "compression": Compression(),
    "repetition": Repetition(),
}


def run_checks(
    splits: Mapping[str, Dataset],
    roles: Mapping[Role, str],
    *,
    only: Collection[str] | None = None,
    progress: Callable[[int, int, str], None] | None = None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[Finding]:
    """All findings, in the order of CHECKS; checks that have no meaning for the roles are skipped.

    roles: what the columns are. only: keys of CHECKS; None is all.
    progress: called with (checks done, checks in all, the title of the one that begins).
    Raises InvalidInput where a split lacks a column that has a role, and Cancelled between checks.
    """
    subject = Subject(splits, dict(roles))
    for part in subject.parts.values():
        part.require(*subject.columns)
    unknown = sorted(set(only or ()) - CHECKS.keys())
    if unknown:
        raise InvalidInput(
            "There is no check “{name}”.",
            "Choose some of: {names}.",
            name=unknown[0],
            names=", ".join(CHECKS),
        )
    chosen = [
        check
        for name, check in CHECKS.items()
        if (only is None or name in only) and check.applies(splits, roles)
    ]
    findings: list[Finding] = []
    for done, check in enumerate(chosen):
        if cancelled():
            raise Cancelled("The checks were stopped.", "Start them again.")
        if progress is not None:
            progress(done, len(chosen), check.title)
        findings += check.look(subject)
    return findings
