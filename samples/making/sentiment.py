"""Reviews, positive or negative: praise, blame, and mixtures that only their whole decides."""

from __future__ import annotations

from random import Random

from samples.making.distinct import Distinct, collect
from samples.making.phrases import any_of, expand, read_wording, with_an, with_capitals
from samples.making.rows import Row

MIXED_SHARE = 0.45
_BOUGHT = {"kettle", "headphones", "backpack", "tent", "bicycle", "coffee machine", "shoes"}
_ALWAYS_CAPITAL = ("I ", "(")
_VISITED = {"film", "restaurant", "hotel", "museum", "concert"}


def make(rng: Random, count: int, distinct: Distinct, *, held_out: bool) -> list[Row]:
    """`count` rows of text and label, half of each label."""
    words = read_wording("sentiment")
    rows: list[Row] = []
    for label, sign in (("positive", "+"), ("negative", "-")):

        def one(label: str = label, sign: str = sign) -> Row:
            return Row(text=_review(words, sign, rng, held_out=held_out), label=label)

        rows += collect(count // 2, one, "text", distinct)
    rng.shuffle(rows)
    return rows


def _review(words: dict[str, list[str]], sign: str, rng: Random, *, held_out: bool) -> str:
    thing = rng.choice(words["things"])
    facts = {"name": expand(rng.choice(words[f"{thing} name"]), rng, words)}
    for side, letter in (("+", "p"), ("-", "n")):
        clauses: list[str] = []
        while len(clauses) < 3:
            clause = any_of(rng, words[f"{thing} {side}"], held_out=held_out)
            if clause not in clauses:
                clauses.append(clause)
        for key, clause in zip((letter, f"{letter}2", f"{letter}3"), clauses, strict=True):
            facts[key] = expand(clause, rng, words)
    kind = "mixed" if rng.random() < MIXED_SHARE else "plain"
    parts = [any_of(rng, words[f"{kind} {sign}"], held_out=held_out)]
    if rng.random() < 0.55:
        own = "thing opener" if thing in _BOUGHT else "visit opener" if thing in _VISITED else ""
        opener = own if own and rng.random() < 0.5 else rng.choice(["opener", "name opener"])
        parts.insert(0, rng.choice(words[opener]))
    if rng.random() < 0.45:
        parts.append(any_of(rng, words[f"verdict {sign}"], held_out=held_out))
    if parts[0].endswith(":") and not parts[1].startswith(_ALWAYS_CAPITAL):
        parts[1] = parts[1][0].lower() + parts[1][1:]
    return with_capitals(with_an(" ".join(expand(part, rng, words, facts) for part in parts)))
