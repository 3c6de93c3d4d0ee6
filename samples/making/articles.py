"""Local news of a few sentences, each with a summary of what it says."""

from __future__ import annotations

import re
from random import Random

from samples.making.distinct import Distinct, collect
from samples.making.phrases import any_of, expand, read_wording, with_an, with_capitals
from samples.making.rows import Row

FEWEST_SENTENCES, MOST_SENTENCES = 3, 7  # around the first and, in half of them, a last one
MOST_OF_DOCUMENT = 0.5  # the longest a summary may be, in characters
_FACT = re.compile(r"\{(\w+)\}")


def make(rng: Random, count: int, distinct: Distinct, *, held_out: bool) -> list[Row]:
    """`count` rows of document and summary; the splits share events, and not all of the names."""
    words = read_wording("articles")
    events = sorted({title.split()[0] for title in words if title.endswith(" lead")})

    def one() -> Row:
        while True:
            row = _article(rng.choice(events), words, rng, held_out=held_out)
            if row is not None:
                return row

    return collect(count, one, "document", distinct)


def _article(event: str, words: dict[str, list[str]], rng: Random, *, held_out: bool) -> Row | None:
    """None where no summary says only what the document says."""
    own = [title for title in words if title.startswith(f"{event} fact ")]
    facts = {title.split()[-1]: rng.choice(words[title]) for title in own}
    for name in ("month", "first", "last", "town", "day", "number"):
        facts[name] = any_of(rng, words[name], held_out=held_out)
    # The number belongs to the first sentence and the summary; the others have their own.
    others = {name: value for name, value in facts.items() if name not in {"number", "day"}}
    lead = expand(rng.choice(words[f"{event} lead"]), rng, words, facts)
    body = [expand(p, rng, words, others) for p in _chosen(words[f"{event} body"], rng)]
    if rng.random() < 0.5:
        body.append(expand(rng.choice(words["close"]), rng, words, others))
    document = with_capitals(with_an(" ".join([lead, *body])))
    summaries = [
        pattern
        for pattern in words[f"{event} summary"]
        if all(facts[name].casefold() in document.casefold() for name in _FACT.findall(pattern))
    ]
    if not summaries:
        return None
    summary = with_capitals(with_an(expand(rng.choice(summaries), rng, words, facts)))
    if len(summary) > MOST_OF_DOCUMENT * len(document):
        return None
    return Row(document=document, summary=summary)


def _chosen(patterns: list[str], rng: Random) -> list[str]:
    """Some of the sentences, mixed; whoever speaks by the last name alone was named before."""
    introducing = [p for p in patterns if "{first}" in p]
    others = [p for p in patterns if p not in introducing]
    some = rng.sample(others, rng.randint(FEWEST_SENTENCES, MOST_SENTENCES) - 1)
    place = rng.randint(0, 1)
    speaking = [p for p in some if "{last}" in p]
    silent = [p for p in some if p not in speaking]
    return [*silent[:place], *introducing, *silent[place:], *speaking]
