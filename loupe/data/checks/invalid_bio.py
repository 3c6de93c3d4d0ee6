"""Tags of entities that are not BIO."""

from __future__ import annotations

from typing import Any, ClassVar

from loupe.data.checks.check import Check, Finding, Severity, Subject, by_rows
from loupe.data.recipe.repair_bio import RepairBio
from loupe.data.spec import Role


class InvalidBio(Check):
    """Sentences whose tags do not say where entities begin and end: I- without its B- before it, an
    entity that changes its type inside, another number of tags than words, or tags of another
    scheme than BIO (Ramshaw & Marcus 1995). Scores of entities count such tags in ways of their
    own."""

    name: ClassVar[str] = "invalid_bio"
    title: ClassVar[str] = "Tags that are not BIO"
    needs: ClassVar[tuple[Role, ...]] = (Role.TOKENS, Role.TAGS)

    def look(self, subject: Subject) -> list[Finding]:
        tokens, tags = subject.roles[Role.TOKENS], subject.roles[Role.TAGS]
        repair = RepairBio(column=tags)
        return [
            *by_rows(
                subject,
                self,
                subject.where(tokens, _other_number, tags),
                "{rows:,} of {total:,} sentences have another number of tags than of words.",
                Severity.ERROR,
            ),
            *by_rows(
                subject,
                self,
                subject.where(tags, _continues_nothing),
                "{rows:,} of {total:,} sentences have an I- tag that continues no entity of its "
                "type.",
                Severity.ERROR,
                repair,
            ),
            *by_rows(
                subject,
                self,
                subject.where(tags, _of_boundaries),
                "{rows:,} of {total:,} sentences have tags of BIOES or BILOU: S-, E-, L- or U-.",
                Severity.ERROR,
                repair,
            ),
            *by_rows(
                subject,
                self,
                subject.where(tags, _unknown),
                "{rows:,} of {total:,} sentences have tags of no scheme: neither O nor B-TYPE nor "
                "I-TYPE.",
                Severity.ERROR,
            ),
        ]


def _other_number(tokens: Any, tags: Any) -> bool:
    return len(tokens or []) != len(tags or [])


def _continues_nothing(tags: Any) -> bool:
    before = "O"
    for tag in tags or []:
        if (
            tag is not None
            and tag[:2] == "I-"
            and (before[:1] not in "BI" or before[2:] != tag[2:])
        ):
            return True
        before = tag or "O"
    return False


def _of_boundaries(tags: Any) -> bool:
    return any(tag is not None and tag[:2] in ("S-", "E-", "L-", "U-") for tag in tags or [])


def _unknown(tags: Any) -> bool:
    return any(
        tag != "O" and (tag is None or tag[1:2] != "-" or tag[0] not in "BIESLU" or len(tag) < 3)
        for tag in tags or []
    )
