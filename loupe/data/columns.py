"""Which column is what: as the run says it, or by the names that people give their columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from loupe.data.spec import Role, Source
from loupe.errors import InvalidInput

# In order: a table with `text` and `content` is read by its `text`. Compared in lower case.
USUAL_NAMES: dict[Role, tuple[str, ...]] = {
    Role.TEXT: ("text", "sentence", "content", "document", "review", "comment", "message"),
    Role.LABEL: ("label", "labels", "category", "class", "sentiment"),
    Role.SOURCE: ("source", "src", "document", "article", "dialogue", "text"),
    Role.TARGET: ("target", "tgt", "translation", "summary", "highlights", "abstract"),
    Role.TOKENS: ("tokens", "words"),
    Role.TAGS: ("tags", "ner_tags", "labels"),
}
# Two columns named by languages are a source and its translation: `en`, `fr`, `translation.en`.
_LANGUAGE = re.compile(r"(?:.*\.)?[a-z]{2}(?:[-_][a-z]{2,4})?", re.IGNORECASE)
_NOT_A_LANGUAGE = frozenset({"id", "no"})  # a row's number far more often than Indonesian
_DELIMITERS_OF_OTHERS = ";\t|"


def find_columns(
    source: Source, names: Sequence[str], roles: Sequence[Role], *, has_header: bool
) -> dict[Role, int]:
    """The position of each role's column.

    Raises InvalidInput that names the columns that are there.
    """
    languages = _language_pair(names) if has_header else {}
    found: dict[Role, int] = {}
    for role in roles:
        if role in source.columns:
            found[role] = _named(source, names, role, source.columns[role])
            continue
        taken = set(found.values())
        guess = _usual(role, names) if has_header else None
        if guess is None and role in languages:
            guess = languages[role]
        if guess is None and len(names) == 1 and len(roles) == 1:
            guess = 0
        if guess is None or guess in taken:
            raise _not_found(source, names, role, has_header=has_header)
        found[role] = guess
    return found


def _usual(role: Role, names: Sequence[str]) -> int | None:
    lowered = [name.strip().lower() for name in names]
    return next((lowered.index(name) for name in USUAL_NAMES[role] if name in lowered), None)


def _language_pair(names: Sequence[str]) -> Mapping[Role, int]:
    places = [
        i
        for i, name in enumerate(names)
        if _LANGUAGE.fullmatch(name) and name.lower() not in _NOT_A_LANGUAGE
    ]
    if len(places) != 2:
        return {}
    return {Role.SOURCE: places[0], Role.TARGET: places[1]}


def _named(source: Source, names: Sequence[str], role: Role, column: str | int) -> int:
    if isinstance(column, int):
        if 0 <= column < len(names):
            return column
        raise InvalidInput(
            "“{path}” has no column {column} for {role}: it has {count}, counted from 0.",
            "Choose one of: {names}.",
            path=source.path,
            column=column,
            role=role.value,
            count=len(names),
            names=_listed(names),
        )
    if column in names:
        return list(names).index(column)
    if len(names) == 1:
        raise _one_column(source, names)
    raise InvalidInput(
        "“{path}” has no column “{column}” for {role}.",
        "Choose one of: {names}.",
        path=source.path,
        column=column,
        role=role.value,
        names=_listed(names),
    )


def _not_found(
    source: Source, names: Sequence[str], role: Role, *, has_header: bool
) -> InvalidInput:
    if len(names) == 1:
        return _one_column(source, names)
    if not has_header:
        return InvalidInput(
            "“{path}” has no header, so nothing says which of its {count} columns is the {role}.",
            "Say so by the column's number, counted from 0, such as {role}: 1.",
            path=source.path,
            count=len(names),
            role=role.value,
        )
    return InvalidInput(
        "Nothing says which column of “{path}” is the {role}; it has {names}.",
        "Name the column for {role}.",
        path=source.path,
        role=role.value,
        names=_listed(names),
    )


def _one_column(source: Source, names: Sequence[str]) -> InvalidInput:
    parted = next((sign for sign in _DELIMITERS_OF_OTHERS if sign in names[0]), None)
    return InvalidInput(
        "Only one column was found in “{path}”: “{name}”.",
        "Its columns seem to be parted by {sign}: save it with commas as csv, or with tabs as tsv."
        if parted
        else "Check what parts its columns: a comma in a csv, a tab in a tsv.",
        path=source.path,
        name=names[0],
        sign="tabs" if parted == "\t" else f"“{parted}”",
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"“{name}”" for name in names)
