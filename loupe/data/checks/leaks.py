"""Texts that stand in two splits."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import ClassVar

import numpy as np

from loupe.data.checks.check import Check, Finding, Place, Severity, Subject, pairs_of
from loupe.data.recipe.drop_leaks import DropLeaks
from loupe.data.recipe.part import Ids
from loupe.data.recipe.same_rows import ALONE, first_copies
from loupe.errors import Phrase


class Leaks(Check):
    """Texts of one split that stand in another one, letter by letter. What was trained on says
    nothing when it is tested on: the score is too high. The label does not matter here."""

    name: ClassVar[str] = "leaks"
    title: ClassVar[str] = "Leaks between splits"
    normalised: ClassVar[bool] = False
    message: ClassVar[str] = (
        "{share:.1%} of {second} is in {first} too: {rows_second:,} rows of {second}, "
        "{rows_first:,} rows of {first}."
    )

    def look(self, subject: Subject) -> list[Finding]:
        if not subject.inputs:
            return []
        groups = subject.groups(subject.inputs, normalised=self.normalised)
        found = []
        for first, second in combinations(groups, 2):
            rows = self._shared(subject, first, second)
            if rows is None:
                continue
            params = {
                "first": first,
                "second": second,
                "rows_first": len(rows[first]),
                "rows_second": len(rows[second]),
                "share": len(rows[second]) / len(groups[second]),
            }
            found.append(
                Finding(
                    self.name,
                    Phrase(self.message, params),
                    Severity.ERROR,
                    rows,
                    pairs_of(side_by_side(groups, first, second, rows[second])),
                    DropLeaks(
                        columns=subject.inputs, remove_from=first, normalised=self.normalised
                    ),
                )
            )
        return found

    def _shared(self, subject: Subject, first: str, second: str) -> dict[str, Ids] | None:
        groups = subject.groups(subject.inputs, normalised=self.normalised)
        return shared_rows(groups, first, second)


class NormalisedLeaks(Leaks):
    """Texts of one split that stand in another one but for case and white space. To a model that
    reads lower case they are the same. Texts that are equal letter by letter are counted above."""

    name: ClassVar[str] = "normalised_leaks"
    title: ClassVar[str] = "Leaks but for case and white space"
    normalised: ClassVar[bool] = True
    message: ClassVar[str] = (
        "{share:.1%} of {second} is in {first} too but for case and white space: {rows_second:,} "
        "rows of {second}, {rows_first:,} rows of {first}."
    )

    def _shared(self, subject: Subject, first: str, second: str) -> dict[str, Ids] | None:
        alike = super()._shared(subject, first, second)
        equal = shared_rows(subject.groups(subject.inputs, normalised=False), first, second)
        if alike is None or equal is None:
            return alike
        # What one side has letter by letter may still be another writing for the other side.
        rows = {name: np.setdiff1d(alike[name], equal[name]) for name in alike}
        return rows if any(len(ids) for ids in rows.values()) else None


def shared_rows(groups: dict[str, Ids], first: str, second: str) -> dict[str, Ids] | None:
    """The rows of two splits that have an equal one in the other; None where there are none."""
    shared = np.intersect1d(groups[first], groups[second])
    shared = shared[shared != ALONE]
    if not len(shared):
        return None
    return {name: np.flatnonzero(np.isin(groups[name], shared)) for name in (first, second)}


def side_by_side(
    groups: dict[str, Ids], first: str, second: str, rows: Ids
) -> Iterator[tuple[Place, Place]]:
    """Each of the second split's rows beside the first row of the first split that is like it."""
    place = first_copies(groups[first])
    for row in rows.tolist():
        yield (first, place[int(groups[second][row])]), (second, row)
