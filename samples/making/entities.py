"""Sentences with people, places and organisations, each word with its BIO tag."""

from __future__ import annotations

import re
from random import Random

from samples.making.distinct import Distinct, collect
from samples.making.phrases import any_of, expand, read_wording
from samples.making.rows import Row

KNOWN_NAMES = 0.75  # of each list; the others stand in the test split only
PLAIN_SHARE, BOUND_SHARE = 0.08, 0.2
_SLOT = re.compile(r"<([A-Z:]+)>")
_ARTICLE = "the "


def make(rng: Random, count: int, distinct: Distinct, *, held_out: bool) -> list[Row]:
    """`count` rows of tokens and tags (lists of equal length)."""
    words = read_wording("entities")

    def one() -> Row:
        kind = rng.random()
        section = (
            "plain"
            if kind < PLAIN_SHARE
            else "bound"
            if kind < PLAIN_SHARE + BOUND_SHARE
            else "sentence"
        )
        pattern = expand(any_of(rng, words[section], held_out=held_out), rng, words)
        names = _Names(words, rng, held_out=held_out)
        tokens: list[str] = []
        tags: list[str] = []
        for i, part in enumerate(_SLOT.split(pattern)):
            if i % 2 == 0:
                found, types = part.split(), ["O"] * len(part.split())
            else:
                found, types = names.mention(part)
            tokens += found
            tags += types
        first = next(i for i, token in enumerate(tokens) if token != '"')
        tokens[first] = tokens[first][0].upper() + tokens[first][1:]
        return Row(tokens=tokens, tags=tags, text=" ".join(tokens))

    rows = collect(count, one, "text", distinct)
    rng.shuffle(rows)
    return [Row(tokens=row["tokens"], tags=row["tags"]) for row in rows]


class _Names:
    """Mentions for one sentence, none of them twice."""

    def __init__(self, words: dict[str, list[str]], rng: Random, *, held_out: bool) -> None:
        self._words, self._rng, self._held_out = words, rng, held_out
        self._used: set[str] = set()

    def mention(self, slot: str) -> tuple[list[str], list[str]]:
        """Tokens and tags of one slot; an article before a name is no part of it."""
        kind, _, ambiguous_kind = slot.partition(":")
        name = self._one("ambiguous") if kind == "AMB" else self._named(kind)
        entity = {"AMB": ambiguous_kind, "SUR": "PER", "ORGCLUB": "ORG"}.get(kind, kind)
        tokens = name.removeprefix(_ARTICLE).split()
        tags = [f"B-{entity}"] + [f"I-{entity}"] * (len(tokens) - 1)
        if name.startswith(_ARTICLE):
            return ["the", *tokens], ["O", *tags]
        return tokens, tags

    def _named(self, kind: str) -> str:
        form = self._rng.random()
        if kind == "LOC":
            return self._one("ambiguous" if form < 0.12 else "place")
        if kind == "ORG":
            return self._one("org")
        if kind == "ORGCLUB":
            club = self._one("club")
            return club.rsplit(" ", 1)[0] if form < 0.25 else club  # "Riga lost to Oslo"
        if kind == "SUR" or form < 0.2:
            return self._one("surname")
        if form < 0.38:
            return self._one("first")
        given = "ambiguous" if form < 0.5 else "first"
        return f"{self._one(given)} {self._one('surname')}"

    def _one(self, section: str) -> str:
        names = self._words[section]
        known = round(len(names) * KNOWN_NAMES)
        unseen = self._held_out and self._rng.random() < 0.5
        left = [n for n in (names[known:] if unseen else names[:known]) if n not in self._used]
        name = self._rng.choice(left)
        self._used.add(name)
        return name
