"""As what a dataset is looked at: the kind of task, and which column is what to it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from loupe.data.columns import USUAL_NAMES, find_columns
from loupe.data.spec import Role, Source
from loupe.errors import InvalidInput

Roles = Mapping[Role, str]

# From what is most easily told by its columns' names to what any column of text can be.
LENSES: dict[str, tuple[Role, ...]] = {
    "token-classification": (Role.TOKENS, Role.TAGS),
    "translation": (Role.SOURCE, Role.TARGET),
    "summarization": (Role.SOURCE, Role.TARGET),
    "text-classification": (Role.TEXT, Role.LABEL),
    "language-modeling": (Role.TEXT,),
}
_SUMMARIES = frozenset({"summary", "highlights", "abstract"})


def guess_lens(names: Sequence[str], lists: Collection[str] = ()) -> tuple[str, dict[Role, str]]:
    """(an id of LENSES, role to column) by the columns' names. lists: those that hold lists.

    Where they say nothing it is language modelling, with a role for a usual name or none.
    """
    for lens, roles in LENSES.items():
        found = guess_roles(lens, names)
        if len(found) == len(roles) and _is_told(lens, found, lists):
            return lens, found
    return "language-modeling", guess_roles("language-modeling", names)


def guess_roles(lens: str, names: Sequence[str]) -> dict[Role, str]:
    """Role to column, for those roles of the lens that a name tells."""
    found: dict[Role, str] = {}
    try:
        positions = find_columns(Source(path="?"), names, LENSES[lens], has_header=True)
        found = {role: names[position] for role, position in positions.items()}
    except InvalidInput:
        for role in LENSES[lens]:
            lowered = {name.strip().lower(): name for name in names}
            usual = next((lowered[name] for name in USUAL_NAMES[role] if name in lowered), None)
            if usual is not None and usual not in found.values():
                found[role] = usual
    return found


def _is_told(lens: str, roles: Roles, lists: Collection[str]) -> bool:
    """Whether source and target are a text and its translation, or a text and its summary."""
    if lens not in ("translation", "summarization"):
        return True
    # A source of many sentences is a document; translations come sentence by sentence.
    is_document = roles[Role.SOURCE] in lists
    is_summary = is_document or roles[Role.TARGET].strip().lower() in _SUMMARIES
    return is_summary == (lens == "summarization")
