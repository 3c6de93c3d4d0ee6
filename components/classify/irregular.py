"""Tags that break the rules of their scheme: what is wrong with each, and how it was read."""

from __future__ import annotations

from collections.abc import Mapping

from components.i18n import _
from loupe.tasks.token_classification import (
    Entity,
    Fault,
    Irregular,
    TokenClassificationResult,
    find_irregular,
)

_FAULTS: Mapping[Fault, str] = {
    Fault.AFTER_OUTSIDE: "{tag} continues nothing, O stands before it: read as a beginning",
    Fault.AFTER_OTHER: "{tag} continues another type, {before} stands before it: read as a "
    "beginning",
    Fault.AFTER_END: "{tag} continues what {before} has ended: read as a beginning",
    Fault.UNFINISHED: "{tag} does not end its entity, and {after} stands after it: read as its end",
}


def irregular_words(result: TokenClassificationResult) -> dict[int, Irregular]:
    """The words with such a tag, by their numbers."""
    found = find_irregular([word.tag for word in result.words], result.scheme)
    return {one.word: one for one in found}


def fault_text(one: Irregular) -> str:
    """One fault in words."""
    return _(_FAULTS[one.fault]).format(tag=one.tag, before=one.before, after=one.after)


def entity_faults(entity: Entity, irregular: Mapping[int, Irregular]) -> str:
    """What is wrong with an entity's tags; empty where they are as they should be."""
    numbers = range(*entity.words)
    return "; ".join(fault_text(irregular[n]) for n in numbers if n in irregular)
