"""Tags that may not follow each other in their scheme, and how they were read all the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from loupe.tasks.token_classification.schemes import OUTSIDE, Scheme, letter_of, type_of


class Fault(StrEnum):
    """What is wrong with a tag where it stands. All but the last are read as a beginning."""

    AFTER_OUTSIDE = "continues after O"
    AFTER_OTHER = "continues another type"
    AFTER_END = "continues what has ended"
    UNFINISHED = "is not ended"  # by E-; the entity is read to end there


@dataclass(frozen=True, slots=True)
class Irregular:
    """One tag that breaks the rules. word: its number. before, after: the tags beside it, or O."""

    word: int
    tag: str
    before: str
    after: str
    fault: Fault


def find_irregular(tags: Sequence[str], scheme: Scheme) -> tuple[Irregular, ...]:
    """The tags that IOB2 or BIOES do not allow where they stand, left to right.

    `read_chunks` reads them as seqeval does by default. In IOB1 an entity begins with I-, so with
    B- and I- alone they need be no mistakes.
    """
    if scheme not in (Scheme.BIO, Scheme.BIOES):
        return ()
    found = []
    framed = [OUTSIDE, *tags, OUTSIDE]
    for word, (before, tag, after) in enumerate(zip(framed, tags, framed[2:], strict=False)):
        fault = _fault(before, tag, after, scheme)
        if fault is not None:
            found.append(Irregular(word, tag, before, after, fault))
    return tuple(found)


def _fault(before: str, tag: str, after: str, scheme: Scheme) -> Fault | None:
    if tag == OUTSIDE:
        return None
    if letter_of(tag) not in "BS":
        if before == OUTSIDE:
            return Fault.AFTER_OUTSIDE
        if type_of(before) != type_of(tag):
            return Fault.AFTER_OTHER
        if scheme is Scheme.BIOES and letter_of(before) in "ES":
            return Fault.AFTER_END
    if scheme is Scheme.BIOES and letter_of(tag) in "BI" and not _goes_on(tag, after):
        return Fault.UNFINISHED
    return None


def _goes_on(tag: str, after: str) -> bool:
    return after != OUTSIDE and type_of(after) == type_of(tag) and letter_of(after) in "IE"
