"""The rules by which checkpoints are compared, each with the reason that it gives.

A rule looks at one candidate and says points, and words for or against; a fault that no advantage
makes up for (`is_fault`) puts a candidate behind all that have none. The points are a choice of
ours: a whole one is what decides between two models of which one clearly suits better.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from loupe.checkpoints.choosing.candidate import Candidate
from loupe.checkpoints.choosing.wish import Way, Wish
from loupe.errors import Phrase

MULTILINGUAL = "multilingual"
TRANSLATION = "translation"
WRITING_TASKS = frozenset({"text-generation", TRANSLATION, "summarization"})

# Loupe computes in float32 on a processor, and every model passes through it while it loads.
BYTES_A_PARAMETER = 4
# What a text of usual length adds to the weights, with room for the libraries.
MEMORY_FACTOR = 1.25
# Training with Adam holds weights, gradients and two averages. Source: Kingma & Ba 2015,
# algorithm 1; Rajbhandari et al. 2020 (ZeRO), section 3.1.
TRAINING_FACTOR = 4
GB = 1_000_000_000
# Less is not worth a digit.
SMALLEST_GB = 0.1

# Few examples make fine-tuning a lottery, and more so for the weaker models. Source: Zhang et al.
# 2021, “Revisiting Few-sample BERT Fine-tuning”; Mosbach et al. 2021, “On the Stability of
# Fine-tuning BERT”. Both study some hundreds to a thousand rows: below a hundred it is plain.
FEW_ROWS = 100
# From here on a small model learns a narrow task from nothing: the bundled translator learned
# short sentences from 172,733 pairs.
MANY_ROWS = 100_000

MADE_FOR_LANGUAGE = 2.0
# One model for a hundred languages shares its room among them. Source: Conneau et al. 2020, “the
# curse of multilinguality”, section 5.2.
KNOWS_LANGUAGE = 1.0
UNKNOWN_LANGUAGE = -1.0
# So many languages on a card are “made for” none of them.
SPECIFIC_LANGUAGES_MAX = 4
TOO_SHORT = -2.0
READY = 1.5
OWN = 0.5
STARTER = -1.0
TOY = -3.0
IS_HERE = 0.5
UNSTATED_LICENCE = -0.25
# Larger models of one kind answer better, by about as much for each tenfold. Source: Kaplan et al.
# 2020, “Scaling Laws for Neural Language Models”, section 3.
SIZE_A_TENFOLD = 1.5
SIZE_FEW_ROWS = 2.5
SIZE_MANY_ROWS = 0.0
SIZE_FROM = 10_000_000
# People read about 238 words a minute, some 5 tokens a second. Source: Brysbaert 2019.
READING_TOKENS_PER_S = 5.0
# Beyond a second people notice that they wait. Source: Nielsen 1993, “Response Times”.
WAIT_S = 1.0
SLOW = -0.75
FAST = 0.25


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one rule says. pro, con: sentences for and against; at most one of them."""

    points: float = 0.0
    pro: Phrase | None = None
    con: Phrase | None = None
    is_fault: bool = False


NOTHING = Verdict()


def language(wish: Wish, one: Candidate, way: Way) -> Verdict:
    """A vocabulary that never saw a language breaks it into single bytes or unknown pieces."""
    if wish.task == TRANSLATION and wish.target is not None:
        return _direction(wish, one, way)
    if not one.languages:
        return Verdict(
            UNKNOWN_LANGUAGE, con=Phrase("Nobody says which languages it knows: try a few texts.")
        )
    if MULTILINGUAL in one.languages:
        return Verdict(
            KNOWS_LANGUAGE,
            pro=Phrase(
                "It learned many languages; one made for yours alone is often better at its size."
            ),
        )
    if wish.language not in one.languages:
        return _not_learned(one)
    if len(one.languages) > SPECIFIC_LANGUAGES_MAX:
        return Verdict(
            KNOWS_LANGUAGE,
            pro=Phrase("Your language is one of {count} it knows.", {"count": len(one.languages)}),
        )
    return Verdict(MADE_FOR_LANGUAGE, pro=Phrase("It is made for your language."))


def _not_learned(one: Candidate) -> Verdict:
    return Verdict(
        con=Phrase(
            "It learned other languages ({languages}): its vocabulary breaks yours into scraps.",
            {"languages": ", ".join(one.languages)},
        ),
        is_fault=True,
    )


def _direction(wish: Wish, one: Candidate, way: Way) -> Verdict:
    wanted = (wish.language, wish.target)
    if one.direction == wanted:
        return Verdict(MADE_FOR_LANGUAGE, pro=Phrase("It translates in your direction."))
    if one.direction is not None and set(wanted) == set(one.direction):
        return Verdict(con=Phrase("It translates the other way round."), is_fault=True)
    knows_all = MULTILINGUAL in one.languages or set(wanted) <= set(one.languages)
    if not one.languages:
        return Verdict(
            UNKNOWN_LANGUAGE, con=Phrase("Nobody says which languages it knows: try a few texts.")
        )
    if not knows_all:
        return _not_learned(one)
    if way is Way.FINE_TUNE:
        return Verdict(KNOWS_LANGUAGE, pro=Phrase("It has learned both languages."))
    if one.direction is not None and wish.language != one.direction[0]:
        return Verdict(
            con=Phrase("It translates from {source} only.", {"source": one.direction[0]}),
            is_fault=True,
        )
    return Verdict(
        KNOWS_LANGUAGE, pro=Phrase("It knows both languages; its prefix names the direction.")
    )


def memory(wish: Wish, one: Candidate, way: Way) -> Verdict:
    """Its weights, and for training what goes with them, have to fit."""
    needed = memory_bytes(one)
    if needed is None:
        return Verdict(con=Phrase("How much memory it takes is not known."))
    numbers = {
        "needed": f"{max(needed / GB, SMALLEST_GB):.1f}",
        "there": f"{wish.memory_bytes / GB:.1f}",
    }
    if needed > wish.memory_bytes:
        return Verdict(
            con=Phrase("It does not fit: about {needed} GB of the {there} GB.", numbers),
            is_fault=True,
        )
    if way is Way.FINE_TUNE and needed * TRAINING_FACTOR > wish.memory_bytes:
        return Verdict(
            con=Phrase(
                "It fits ({needed} GB of {there} GB), but to train all of it does not: train it "
                "with LoRA.",
                numbers,
            )
        )
    return Verdict(pro=Phrase("It takes about {needed} GB of the {there} GB.", numbers))


def memory_bytes(one: Candidate) -> int | None:
    """What it takes once it is asked something; measured, where it was, else reckoned."""
    if one.measured is not None:
        return one.measured.peak_bytes
    if one.parameters is None:
        return None
    return int(one.parameters * BYTES_A_PARAMETER * MEMORY_FACTOR)


def length(wish: Wish, one: Candidate, _way: Way) -> Verdict:
    """What a model does not read cannot count."""
    if one.context_tokens is None:
        return NOTHING
    if one.context_tokens < wish.length_tokens:
        return Verdict(
            TOO_SHORT,
            con=Phrase(
                "It reads {count} tokens at once, fewer than your texts have: they have to be cut.",
                {"count": f"{one.context_tokens:,}"},
            ),
        )
    return Verdict(
        pro=Phrase("It reads {count} tokens at once.", {"count": f"{one.context_tokens:,}"})
    )


def readiness(wish: Wish, one: Candidate, way: Way) -> Verdict:
    """Whether it does the task already, weighed by how much there is to train on."""
    few = 0 < wish.labelled_rows < FEW_ROWS
    if way is Way.FINE_TUNE:
        if few:
            return Verdict(
                con=Phrase(
                    "It has to be trained for it, and fewer than {count} rows make that a lottery.",
                    {"count": FEW_ROWS},
                )
            )
        return Verdict(
            READY, pro=Phrase("It is a base to train: your rows are enough to teach it the task.")
        )
    if wish.task == "zero-shot-classification" or "zero-shot-classification" in one.tasks:
        if wish.labelled_rows < FEW_ROWS:
            return Verdict(
                READY, pro=Phrase("It needs no training: you make up the labels, it sorts.")
            )
        return Verdict(con=Phrase("With your rows a model that is trained on them does better."))
    if wish.labelled_rows >= FEW_ROWS and wish.task.endswith("-classification"):
        return Verdict(
            con=Phrase("It does the task already, with labels of its own, which may not be yours.")
        )
    return Verdict(READY, pro=Phrase("It does the task already."))


def size(wish: Wish, one: Candidate, _way: Way) -> Verdict:
    """How much a larger model is worth, which hangs on how much there is to train on."""
    if one.parameters is None:
        return NOTHING
    weight = SIZE_A_TENFOLD
    if 0 < wish.labelled_rows < FEW_ROWS:
        weight = SIZE_FEW_ROWS
    elif wish.labelled_rows >= MANY_ROWS:
        weight = SIZE_MANY_ROWS
    tenfolds = math.log10(max(1.0, one.parameters / SIZE_FROM))
    return Verdict(weight * tenfolds)


def speed(wish: Wish, one: Candidate, _way: Way, pace: float | None) -> Verdict:
    """How long somebody waits. pace: tokens a second times parameters on this machine, by another
    model's measurement; None where nothing was measured."""
    writes = wish.task in WRITING_TASKS
    rate, is_measured = _rate(one, writes, pace)
    if rate is None:
        return NOTHING
    said = {"rate": f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"}
    is_slow = rate < READING_TOKENS_PER_S if writes else wish.length_tokens / rate > WAIT_S
    if is_slow:
        words = (
            "It writes about {rate} tokens a second here, slower than people read."
            if writes
            else "It reads about {rate} tokens a second here: you wait for each text."
        )
        return Verdict(SLOW, con=Phrase(words, said))
    if is_measured:
        words = (
            "Measured here: it writes {rate} tokens a second."
            if writes
            else "Measured here: it reads {rate} tokens a second."
        )
    else:
        words = (
            "It should write about {rate} tokens a second here, by another model’s measurement."
            if writes
            else "It should read about {rate} tokens a second here, by another model’s measurement."
        )
    return Verdict(FAST, pro=Phrase(words, said))


def _rate(one: Candidate, writes: bool, pace: float | None) -> tuple[float | None, bool]:
    """(tokens a second, whether this very model was measured)."""
    if one.measured is not None:
        found = one.measured
        rate = found.generated_tokens_per_s if writes else found.forward_tokens_per_s
        if rate is not None:
            return rate, True
    if pace is None or not one.parameters:
        return None, False
    return pace / one.parameters, False


def standing(_wish: Wish, one: Candidate, _way: Way) -> Verdict:
    """Whether it is meant for work at all."""
    if one.is_toy:
        return Verdict(
            TOY, con=Phrase("It is a toy: it shows how such models work and does no work itself.")
        )
    if one.is_starter:
        return Verdict(
            STARTER, con=Phrase("It is a starter: small, and made for trying things out.")
        )
    if one.is_own:
        return Verdict(OWN, pro=Phrase("You trained it yourself."))
    return NOTHING


def presence(_wish: Wish, one: Candidate, _way: Way) -> Verdict:
    """What is here can be tried at once."""
    if one.download_mb is None:
        return Verdict(IS_HERE, pro=Phrase("It is on this machine."))
    return Verdict(
        con=Phrase("It has to be downloaded: {size} MB.", {"size": f"{one.download_mb:,}"})
    )


Rule = Callable[[Wish, Candidate, Way], Verdict]
# In the order in which their reasons are read; `speed` has one thing more to go by.
RULES: tuple[Rule, ...] = (readiness, language, memory, length, size, standing, presence)
