"""Sentences from hand-written patterns: alternatives chosen by a seeded random source."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random

WORDING = Path(__file__).resolve().parent.parent / "wording"

_SECTION = "== "
_COMMENT = "# "
_CHOICE = re.compile(r"\{([\w ]+)\}|\[([^\[\]{}]*)\]")
_AN = re.compile(r"\b([Aa])(?= (?:[aeio]|u(?!s|ni)|hour|honest)(?!ne\b|nce\b))")
_START = re.compile(r"(^|[.!?…][”\"]? )([“\"«(]? ?)([a-zà-ÿœ])")


def read_wording(name: str) -> dict[str, list[str]]:
    """The sections of `wording/NAME.txt`: a line `== title`, then one pattern a line."""
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in (WORDING / f"{name}.txt").read_text("utf-8").splitlines():
        if line.startswith(_SECTION):
            lines = sections.setdefault(line.removeprefix(_SECTION).strip(), [])
        elif line.strip() and not line.startswith(_COMMENT):
            lines.append(line.strip())
    return sections


def expand(
    pattern: str,
    rng: Random,
    rules: Mapping[str, Sequence[str]],
    facts: Mapping[str, str] | None = None,
) -> str:
    """One wording of a pattern.

    `[a|b|c]` is one of these, `{name}` the fact of that name or else one of the rule's patterns;
    both may stand inside each other.
    """
    text = pattern
    while found := _CHOICE.search(text):
        name, choices = found.groups()
        if name is None:
            chosen = rng.choice(choices.split("|"))
        elif facts and name in facts:
            chosen = facts[name]
        else:
            chosen = rng.choice(rules[name])
        text = text[: found.start()] + chosen + text[found.end() :]
    return re.sub(r" +", " ", text).strip()


def with_an(text: str) -> str:
    """English, with `an` where a vowel follows."""
    return _AN.sub(r"\1n", text)


def with_capitals(text: str) -> str:
    """With a capital where a sentence starts."""
    return _START.sub(lambda m: m[1] + m[2] + m[3].upper(), text)


def any_of(rng: Random, patterns: Sequence[str], *, held_out: bool) -> str:
    """One of the patterns; each sixth is kept for the test split, which must hold news."""
    known = [p for i, p in enumerate(patterns) if held_out or len(patterns) < 6 or i % 6 != 5]
    return rng.choice(known)
