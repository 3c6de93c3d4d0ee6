"""Phone and mail messages, spam or ham; ham about prizes and parcels, and spam that sounds kind."""

from __future__ import annotations

from random import Random

from samples.making.distinct import Distinct, collect
from samples.making.phrases import any_of, expand, read_wording
from samples.making.rows import Row

SPAM_SHARE = 0.14
FORMAL_SHARE = 0.06  # of ham: from a practice, a shop, a school
TWO_PART_SHARE = 0.4  # of ham: people write two things at once
_FULL_STOPS = ".!?"


def make(rng: Random, count: int, distinct: Distinct, *, held_out: bool) -> list[Row]:
    """`count` rows of message and label."""
    words = read_wording("spam")

    def spam() -> Row:
        pattern = any_of(rng, words["spam"], held_out=held_out)
        return Row(label="spam", message=expand(pattern, rng, words))

    def ham() -> Row:
        if rng.random() < FORMAL_SHARE:
            pattern = any_of(rng, words["formal"], held_out=held_out)
            return Row(label="ham", message=expand(pattern, rng, words))
        pattern = any_of(rng, words["ham"], held_out=held_out)
        text = expand(pattern, rng, words)
        if rng.random() < TWO_PART_SHARE:
            other = any_of(rng, words["ham"], held_out=held_out)
            if other != pattern:
                sign = "" if text[-1] in _FULL_STOPS else rng.choice([".", "..", " -", "!"])
                text = f"{text}{sign} {expand(other, rng, words)}"
        style = rng.random()
        if style < 0.12:
            text = text.lower()
        elif style < 0.2:
            text += rng.choice([" :)", " xx", " 😂", "...", " ❤️", " ;-)"])
        return Row(label="ham", message=text)

    spams = round(count * SPAM_SHARE)
    rows = collect(spams, spam, "message", distinct)
    rows += collect(count - spams, ham, "message", distinct)
    rng.shuffle(rows)
    return rows
