"""English sentences with their French translations."""

from __future__ import annotations

import re
from random import Random

from samples.making.distinct import Distinct, collect
from samples.making.phrases import any_of, read_wording, with_capitals
from samples.making.rows import Row

_BETWEEN = " = "
_SLOT = re.compile(r"<([a-z]{2,})(\.[a-zà]+)?>")
_AGREEMENT = "<e>"  # of a participle with the person
# How a slot's French form is named in a pattern, and the position of the entry's column.
_FORMS = {"": 1, ".à": 2, ".de": 3, ".neg": 2}
_ELISION = re.compile(r"\b([Dd]|[Qq]u)e (?=[aeiouyéèêâàîôœAEIOUÉÈÊ])")
LOWEST_RATIO, HIGHEST_RATIO = 0.62, 1.7  # French characters over English ones

Pair = tuple[str, str]


def make(rng: Random, count: int, distinct: Distinct, *, held_out: bool) -> list[Row]:
    """`count` rows of en and fr; the hand-written ones, parted between the splits, among them."""
    words = read_wording("pairs")
    whole = [
        Row(en=en, fr=fr)
        for i, (en, fr) in enumerate(_parted(words["whole"]))
        if (i % 5 == 4) == held_out and _is_even(en, fr)
    ]
    known = [row for row in whole if distinct.take(str(row["en"]))]

    def one() -> Row:
        while True:
            en, fr = _sentence(words, rng, held_out=held_out)
            if _is_even(en, fr):
                return Row(en=en, fr=fr)

    rows = known + collect(count - len(known), one, "en", distinct)
    rng.shuffle(rows)
    return rows


def _parted(lines: list[str]) -> list[Pair]:
    return [(en, fr) for en, fr in (line.split(_BETWEEN) for line in lines)]


def _is_even(en: str, fr: str) -> bool:
    return LOWEST_RATIO <= len(fr) / len(en) <= HIGHEST_RATIO and en != fr


def _sentence(words: dict[str, list[str]], rng: Random, *, held_out: bool) -> Pair:
    if rng.random() < 0.25:
        en, fr = _parted([any_of(rng, words["single"], held_out=held_out)])[0]
        en, fr = _filled(en, fr, words, rng, set())
    else:
        reported = rng.random() < 0.5
        joins = words["report"] if reported else ["<1>. = <1>.", *words["join"]]
        clauses = words["clause"] + ([] if reported else words["own clause"])
        en, fr = _parted([any_of(rng, joins, held_out=held_out)])[0]
        first = second = any_of(rng, clauses, held_out=held_out)
        while second == first:
            second = any_of(rng, clauses, held_out=held_out)
        used: set[str] = set()
        for number, clause in (("<1>", first), ("<2>", second)):
            clause_en, clause_fr = _filled(*_parted([clause])[0], words, rng, used)
            en, fr = en.replace(number, clause_en), fr.replace(number, clause_fr)
    fr = _ELISION.sub(r"\1'", fr)
    return with_capitals(en), with_capitals(fr)


def _filled(en: str, fr: str, words: dict[str, list[str]], rng: Random, used: set[str]) -> Pair:
    """The pattern with one entry for each slot, the same on both sides, and none twice."""
    entries: dict[str, list[str]] = {}
    for slot in dict.fromkeys(found[1] for found in _SLOT.finditer(en)):
        entry = rng.choice([line for line in words[slot] if line not in used])
        used.add(entry)
        entries[slot] = entry.split(_BETWEEN)
    en = _SLOT.sub(lambda m: entries[m[1]][0], en)
    if "person" in entries:
        fr = fr.replace(_AGREEMENT, "e" if entries["person"][2] == "f" else "")
    fr = _SLOT.sub(lambda m: entries[m[1]][_FORMS[m[2] or ""]], fr)
    return en, fr
