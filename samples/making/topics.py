"""Short notices of six topics; a few mention a second topic at their end."""

from __future__ import annotations

from random import Random

from samples.making.distinct import Distinct, collect
from samples.making.phrases import any_of, expand, read_wording, with_an, with_capitals
from samples.making.rows import Row

TOPICS = ("business", "cooking", "science", "sports", "technology", "travel")
_ENDINGS = {"cooking": "cooking ending", "travel": "travel ending"}


def make(rng: Random, count: int, distinct: Distinct, *, held_out: bool) -> list[Row]:
    """`count` rows of text and label, the topics equally often."""
    words = read_wording("topics")
    rows: list[Row] = []
    for topic in TOPICS:

        def one(topic: str = topic) -> Row:
            patterns = [any_of(rng, words[topic], held_out=held_out)]
            if rng.random() < 0.4:
                patterns.append(any_of(rng, words[topic], held_out=held_out))
            if rng.random() < 0.4:
                patterns.append(rng.choice(words[_ENDINGS.get(topic, "ending")]))
            if rng.random() < 0.12:
                other = rng.choice([name for name in TOPICS if name != topic])
                lead = rng.choice(["Also today:", "Elsewhere:", "In other news:"])
                patterns.append(f"{lead} {any_of(rng, words[other], held_out=held_out)}")
            sentences = [expand(pattern, rng, words) for pattern in dict.fromkeys(patterns)]
            return Row(text=with_capitals(with_an(" ".join(sentences))), label=topic)

        rows += collect(count // len(TOPICS), one, "text", distinct)
    rng.shuffle(rows)
    return rows
