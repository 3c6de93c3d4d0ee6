"""What a checkpoint is and where it lies, in words. English here, translated where drawn."""

from __future__ import annotations

from collections.abc import Mapping

from components.amounts import count, size
from components.i18n import _
from loupe.checkpoints.inventory import Condition, Entry, Where

NONE = "–"
# More of them are counted instead of named.
LANGUAGES_NAMED = 3

WHERE: Mapping[Where, str] = {
    Where.STARTER: "starter",
    Where.RUN: "own run",
    Where.CACHE: "hub cache",
    Where.FOLDER: "folder",
    Where.HUB: "not here yet",
}
CONDITION: Mapping[Condition, str] = {
    Condition.PICKLED: "to be converted",
    Condition.INCOMPLETE: "incomplete",
    Condition.DAMAGED: "damaged",
}
TASKS: Mapping[str, str] = {
    "fill-mask": "fill masks",
    "text-generation": "continue texts",
    "translation": "translate",
    "summarization": "summarise",
    "text-classification": "classify texts",
    "zero-shot-classification": "classify without training",
    "token-classification": "tag words",
}


def where(entry: Entry) -> str:
    """Where it lies, and what is the matter with it."""
    parts = [_("toy starter") if entry.is_toy else _(WHERE[entry.where])]
    if entry.condition in CONDITION:
        parts.append(_(CONDITION[entry.condition]))
    return " · ".join(parts)


def tasks(entry: Entry) -> str:
    return ", ".join(_(TASKS[task]) for task in entry.tasks) or NONE


def languages(entry: Entry) -> str:
    """Codes as the card has them: `en, fr`, `multilingual`, `ar, de, en and 7 more`."""
    named = ", ".join(entry.languages[:LANGUAGES_NAMED])
    more = len(entry.languages) - LANGUAGES_NAMED
    if more > 0:
        return _("{languages} and {count} more").format(languages=named, count=more)
    return named or NONE


def parameters(entry: Entry) -> str:
    """`110 M`, `5.3 M`; of an adapter what it adds, `+ 447 k`."""
    if entry.parameters is None:
        return NONE
    said = count(entry.parameters)
    return f"+ {said}" if entry.is_adapter else said


def size_of(entry: Entry) -> str:
    return size(entry.size_bytes) if entry.size_bytes else NONE


def context(entry: Entry) -> str:
    return NONE if entry.context_tokens is None else f"{entry.context_tokens:,}"
