"""What every check is, and what it finds."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import ClassVar

import numpy as np
from datasets import Dataset

from loupe.data.recipe.drop_ids import DropIds
from loupe.data.recipe.part import Ids, Part, Parts
from loupe.data.recipe.recipe import AnyStep
from loupe.data.recipe.same_rows import Hashes, same_rows
from loupe.data.spec import Role
from loupe.errors import Phrase

# Of rows that belong together so many pairs are shown; all of them are counted.
MAX_PAIRS = 1000

Place = tuple[str, int]  # (split, row)


class Severity(StrEnum):
    """error: training fails or its numbers mislead. warning: likely wrong. note: worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Finding:
    """What one check found.

    check: its key in CHECKS. rows: split to the ids (n,) of the rows concerned, ascending; those
    that the fix drops where it drops any. pairs: rows that belong together, the first MAX_PAIRS of
    them. fix: a step that mends it; None where only a person can.
    """

    check: str
    message: Phrase
    severity: Severity
    rows: Mapping[str, Ids]
    pairs: tuple[tuple[Place, Place], ...] = ()
    fix: AnyStep | None = None

    @property
    def count(self) -> int:
        """Of rows, over all splits."""
        return sum(len(ids) for ids in self.rows.values())


@dataclass(frozen=True)
class Subject:
    """What is checked: the splits, what their columns are, and the work that checks share."""

    splits: Mapping[str, Dataset]
    roles: Mapping[Role, str]
    _groups: dict[tuple[tuple[str, ...], bool], dict[str, Ids]] = field(
        default_factory=dict, compare=False
    )
    _hashes: Hashes = field(default_factory=dict, compare=False)

    @cached_property
    def parts(self) -> Parts:
        """The splits, with classes by their names."""
        return {name: Part.of(name, rows) for name, rows in self.splits.items()}

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that have a role, each once."""
        return tuple(dict.fromkeys(self.roles.values()))

    @property
    def inputs(self) -> tuple[str, ...]:
        """The column that a model reads: text, source or tokens."""
        for role in (Role.TEXT, Role.SOURCE, Role.TOKENS):
            if role in self.roles:
                return (self.roles[role],)
        return ()

    @property
    def answers(self) -> str:
        """The column that a model is to answer with, of labels or of tags; "" without one."""
        return self.roles.get(Role.LABEL) or self.roles.get(Role.TAGS) or ""

    def groups(self, columns: tuple[str, ...], *, normalised: bool) -> dict[str, Ids]:
        """See same_rows; computed once for all checks."""
        key = (columns, normalised)
        if key not in self._groups:
            self._groups[key] = same_rows(
                self.parts, columns, normalised=normalised, known=self._hashes
            )
        return self._groups[key]

    @property
    def total(self) -> int:
        """Rows of all splits."""
        return sum(len(part) for part in self.parts.values())

    def where(self, column: str, holds: Callable[..., bool], *others: str) -> dict[str, Ids]:
        """The rows for whose values a condition holds; splits without any are left out."""
        found = {}
        for name, part in self.parts.items():
            marks = (holds(*values) for values in part.values((column, *others)))
            ids = np.flatnonzero(np.fromiter(marks, np.bool_, len(part)))
            if len(ids):
                found[name] = ids
        return found

    def drop(self, rows: Mapping[str, Ids]) -> AnyStep:
        """The step that drops exactly these rows."""
        return DropIds.choose(self.splits, {name: ids.tolist() for name, ids in rows.items()})


class Check(ABC):
    """One kind of fault. The docstring of a check is shown to people as its explanation.

    name: its key in CHECKS. title: a few words. needs: the roles without which it has no meaning.
    needs_one_of: roles of which one has to be there; () none.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    needs: ClassVar[tuple[Role, ...]] = ()
    needs_one_of: ClassVar[tuple[Role, ...]] = ()

    def applies(self, splits: Mapping[str, Dataset], roles: Mapping[Role, str]) -> bool:
        """Whether it makes sense for this data: the roles it needs are there."""
        enough = not self.needs_one_of or any(role in roles for role in self.needs_one_of)
        return enough and all(role in roles for role in self.needs)

    def find(self, splits: Mapping[str, Dataset], roles: Mapping[Role, str]) -> list[Finding]:
        """All that is found; none where it does not apply."""
        subject = Subject(splits, roles)
        return self.look(subject) if self.applies(splits, roles) else []

    @abstractmethod
    def look(self, subject: Subject) -> list[Finding]:
        """The same, with the work that it shares with other checks."""

    @property
    def explanation(self) -> str:
        """What it looks for and why, for people."""
        return " ".join((type(self).__doc__ or "").split())


def pairs_of(pairs: Iterable[tuple[Place, Place]]) -> tuple[tuple[Place, Place], ...]:
    """The first MAX_PAIRS."""
    return tuple(pair for pair, _ in zip(pairs, range(MAX_PAIRS), strict=False))


def count_of(rows: Mapping[str, Ids]) -> int:
    """Rows of all splits."""
    return sum(len(ids) for ids in rows.values())


def by_rows(
    subject: Subject,
    check: Check,
    rows: Mapping[str, Ids],
    message: str,
    severity: Severity,
    fix: AnyStep | None = None,
    **params: object,
) -> list[Finding]:
    """One finding about rows, or none; the fix drops them unless another is given.

    message: a template in which {rows} and {total} are filled in, too.
    """
    if not rows:
        return []
    filled = {"rows": count_of(rows), "total": subject.total, **params}
    return [
        Finding(check.name, Phrase(message, filled), severity, rows, fix=fix or subject.drop(rows))
    ]
