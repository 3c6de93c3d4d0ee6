"""Write English sentences with tagged entities, for training the starter ner-en.

    python -m starters.write_entity_sentences DATA

Templates and names are this project's own and stand in starters/entity_sentences/, a line each. A
template's slots (`{person}`, `{city}`) are filled by names drawn with a seed; what was filled in is
the entity. The types are those of WNUT 2017 (Derczynski et al. 2017): person, location,
corporation, group, creative-work and product. Written in BIO tags, a word and its tag a line, to
DATA/token-classification/entity-sentences.conll, where starters/ner-en/run.yaml looks for it when
LOUPE_ROOTS names DATA. The same seed writes the same file on every machine.
"""

from __future__ import annotations

import argparse
import random
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

LISTS = Path(__file__).with_name("entity_sentences")
FILE = Path("token-classification", "entity-sentences.conll")
SENTENCES = 5000
SEED = 20_171

# What each slot is filled from, and the type of the entity that it makes.
TYPES = {
    "person": "person",
    "first": "person",
    "last": "person",
    "city": "location",
    "region": "location",
    "place": "location",
    "loc": "location",
    "company": "corporation",
    "band": "group",
    "team": "group",
    "organisation": "group",
    "work": "creative-work",
    "product": "product",
}
_FILES = {
    "first": "first_names",
    "last": "surnames",
    "city": "cities",
    "region": "regions",
    "place": "places",
    "company": "companies",
    "band": "bands",
    "team": "teams",
    "organisation": "organisations",
    "work": "works",
    "product": "products",
}
# How a person is named: these shares, and for the rest by first name and surname.
_FIRST_ALONE, _LAST_ALONE, _INITIAL = 0.2, 0.08, 0.04
# The share of names of people and places that are made up of parts of others: a model that only
# knew the lists by heart would find no name outside of them.
_INVENTED = 0.2
# The share of sentences without their full stop, as people type them.
_UNSTOPPED = 0.1
# An article that is no part of the name: "the Alps"; written "The Who" it is one.
_ARTICLE = "the "

_SLOT = re.compile(r"\{(\w+)\}")
# Words and signs as tagged corpora part them.
_WORD = re.compile(r"'s\b|\w+|[^\w\s]")

Sentence = list[tuple[str, str]]  # words with their tags


def read_lists(folder: Path = LISTS) -> dict[str, list[str]]:
    """The names for each slot, and under "templates" the templates."""
    names = {slot: _lines(folder / f"{file}.txt") for slot, file in _FILES.items()}
    return {**names, "templates": _lines(folder / "templates.txt")}


def write_sentences(
    lists: Mapping[str, Sequence[str]], count: int = SENTENCES, seed: int = SEED
) -> list[Sentence]:
    """`count` sentences without repetition; each template is used equally often, where it can be.

    lists: as `read_lists` gives them. A template without slots gives one sentence.
    """
    rng = random.Random(seed)
    templates = list(lists["templates"])
    seen: dict[tuple[str, ...], Sentence] = {}
    while len(seen) < count:
        rng.shuffle(templates)
        for template in templates:
            sentence = list(_fill(template, lists, rng))
            if sentence[-1][0] == "." and rng.random() < _UNSTOPPED:
                sentence.pop()
            seen.setdefault(tuple(word.lower() for word, _ in sentence), sentence)
    return list(seen.values())[:count]


def _fill(
    template: str, lists: Mapping[str, Sequence[str]], rng: random.Random
) -> Iterator[tuple[str, str]]:
    for i, part in enumerate(_SLOT.split(template)):
        if i % 2 == 0:
            yield from ((word, "O") for word in part.split())
            continue
        name = _draw(part, lists, rng)
        if name.startswith(_ARTICLE):
            yield "the", "O"
            name = name.removeprefix(_ARTICLE)
        for k, word in enumerate(_WORD.findall(name)):
            yield word, f"{'I' if k else 'B'}-{TYPES[part]}"


def _draw(slot: str, lists: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    if slot == "person":
        return _person(lists, rng)
    if slot == "loc":
        slot = rng.choice(("city", "region", "place"))
    if slot in ("first", "last", "city") and rng.random() < _INVENTED:
        return _invent(lists[slot], rng)
    return rng.choice(lists[slot])


def _person(lists: Mapping[str, Sequence[str]], rng: random.Random) -> str:
    first, last = _draw("first", lists, rng), _draw("last", lists, rng)
    kind = rng.random()
    if kind < _FIRST_ALONE:
        return first
    if kind < _FIRST_ALONE + _LAST_ALONE:
        return last
    if kind < _FIRST_ALONE + _LAST_ALONE + _INITIAL:
        return f"{first} {rng.choice('ABCDEFGHJKLMNPRSTW')}. {last}"
    return f"{first} {last}"


def _invent(names: Sequence[str], rng: random.Random) -> str:
    """The first half of one name and the second of another: "Bersington"."""
    one, other = (name for name in rng.sample(names, 2))
    if " " in one + other:
        return one
    return one[: (len(one) + 1) // 2] + other[len(other) // 2 :].lower()


def format_conll(sentences: Iterable[Sentence]) -> str:
    """A word, a tab and its tag a line; an empty line after each sentence."""
    return "".join(
        "".join(f"{word}\t{tag}\n" for word, tag in sentence) + "\n" for sentence in sentences
    )


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").splitlines() if line.strip()]


def main() -> None:
    """Write the file and say how much is in it."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("data", type=Path, help="folder of data to write into")
    path = parser.parse_args().data / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    sentences = write_sentences(read_lists())
    path.write_text(format_conll(sentences), "utf-8")
    print(f"{path}: {len(sentences)} sentences, {sum(map(len, sentences))} words")


if __name__ == "__main__":
    main()
