"""A model's card: the text that comes with a checkpoint, and the facts in its header."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

CARD_NAME = "README.md"
CARD_LIMIT_BYTES = 2_000_000
# Longer words for a licence are no tag, and would only spoil a table.
LICENCE_CHARACTERS = 60
_FENCE = "---"
# Headers can hold thousands of benchmark results, which take a second to parse and say nothing
# that is asked here.
_WANTED = frozenset({"license", "license_name", "language", "pipeline_tag", "tags"})
# Of those, so much and no line with more openings: what is nested without end takes long to parse.
_KEPT_CHARACTERS = 4_000
_OPENINGS_MAX = 20
_TOP_LEVEL_KEY = re.compile(r"([A-Za-z_][\w-]*)\s*:")


@dataclass(frozen=True, slots=True)
class CardHeader:
    """What a card's header says, as its author wrote it; empty and None where it says nothing.

    task: the model page's `pipeline_tag`.
    """

    licence: str | None = None
    languages: tuple[str, ...] = ()
    task: str | None = None
    tags: tuple[str, ...] = ()


def read_card_header(card: Path) -> CardHeader:
    """The facts in a card's header; none where there is no card or no header that can be read."""
    try:
        with card.open(encoding="utf-8", errors="replace") as file:
            text = file.read(CARD_LIMIT_BYTES)
    except OSError:
        return CardHeader()
    return parse_card_header(text)


def parse_card_header(text: str) -> CardHeader:
    """The same of a card's text."""
    header = _header(text)
    return CardHeader(
        licence=_licence(header),
        languages=_words(header.get("language")),
        task=_word(header.get("pipeline_tag")),
        tags=_words(header.get("tags")),
    )


def read_card(card: Path) -> str:
    """The whole text, cut after CARD_LIMIT_BYTES. Raises OSError."""
    with card.open("rb") as file:
        return file.read(CARD_LIMIT_BYTES).decode("utf-8", "replace")


def _header(text: str) -> dict[str, Any]:
    """Those entries of the YAML between the first two lines of dashes that are asked for."""
    before, fence, rest = text.partition(_FENCE)
    if before or not fence:
        return {}
    kept: list[str] = []
    room, is_wanted = _KEPT_CHARACTERS, False
    for line in rest.partition(f"\n{_FENCE}")[0].splitlines():
        if key := _TOP_LEVEL_KEY.match(line):
            is_wanted = key[1] in _WANTED
        openings = sum(line.count(sign) for sign in ("[", "{", "- ", "? ", ": "))
        if is_wanted and len(line) < room and openings <= _OPENINGS_MAX:
            kept.append(line)
            room -= len(line) + 1
    try:
        found = yaml.safe_load("\n".join(kept))
    except (yaml.YAMLError, ValueError, RecursionError):
        found = None
    return found if isinstance(found, dict) else {}


def _licence(header: dict[str, Any]) -> str | None:
    """The licence's tag; “other” is followed by a name of its own."""
    found = header.get("license")
    if isinstance(found, list):
        found = ", ".join(_words(found))
    named = _word(header.get("license_name"))
    words = named if named and _word(found) in (None, "other") else _word(found)
    return None if words is None else words[:LICENCE_CHARACTERS]


def _word(value: object) -> str | None:
    # YAML reads the language code of Norwegian, “no”, as False.
    if value is False:
        return "no"
    return " ".join(value.split()) or None if isinstance(value, str) else None


def _words(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    return tuple(word for one in values if (word := _word(one)) is not None)
