"""The written sentences: tagged rightly, the same each time, and without the ten that judge."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

import starters.write_entity_sentences as writing
from loupe.data.read import read_rows
from loupe.data.spec import Role, Source
from loupe.data.tags import check_sentence
from starters.write_entity_sentences import (
    TYPES,
    Sentence,
    format_conll,
    read_lists,
    write_sentences,
)

TEN = Path(writing.__file__).with_name("ner-en-sentences.conll")
WNUT_TYPES = {"person", "location", "corporation", "group", "creative-work", "product"}


@pytest.fixture(scope="module")
def written() -> list[Sentence]:
    return write_sentences(read_lists())


def read_conll(path: Path) -> list[Sentence]:
    rows = read_rows(
        [Source(path=str(path))], (Role.TOKENS, Role.TAGS), roots=(path.parent,), samples=path
    )
    return [list(zip(row["tokens"], row["tags"], strict=True)) for row in rows]


def words_of(sentence: Sentence) -> str:
    return " ".join(word for word, _ in sentence).lower()


def pattern_of(sentence: Sentence) -> str:
    """The sentence with each entity as its type alone: what a template is."""
    parts = [word.lower() if tag == "O" else f"<{tag[2:]}>" for word, tag in sentence]
    inside = [tag.startswith("I-") for _, tag in sentence]
    return " ".join(part for part, skip in zip(parts, inside, strict=True) if not skip)


def without_articles(words: Iterable[str]) -> str:
    return " ".join(word for word in words if word not in {"the", "a", "an"})


def test_none_of_the_ten_sentences_nor_its_pattern_is_written(written: Sequence[Sentence]) -> None:
    ten = read_conll(TEN)
    assert len(ten) == 10
    assert not {words_of(s) for s in ten} & {words_of(s) for s in written}
    patterns = {without_articles(pattern_of(s).split()) for s in written}
    assert not {without_articles(pattern_of(s).split()) for s in ten} & patterns


def test_every_sentence_is_tagged_as_training_reads_it(
    written: Sequence[Sentence], tmp_path: Path
) -> None:
    path = tmp_path / "x.conll"
    path.write_text(format_conll(written), "utf-8")
    assert read_conll(path) == list(written)
    for number, sentence in enumerate(written):
        words, tags = zip(*sentence, strict=True)
        check_sentence(number, words, tags)
    types = {tag[2:] for sentence in written for _, tag in sentence if tag != "O"}
    assert types == WNUT_TYPES == set(TYPES.values())


def test_the_same_seed_writes_the_same_and_no_sentence_twice(written: Sequence[Sentence]) -> None:
    assert write_sentences(read_lists()) == list(written)
    assert write_sentences(read_lists(), count=50, seed=1) != list(written)[:50]
    assert len({words_of(sentence) for sentence in written}) == len(written)


def test_an_article_in_front_of_a_name_is_outside_of_it() -> None:
    lists = {**read_lists(), "place": ["the Alps"], "templates": ["We saw {place} ."]}
    (sentence,) = write_sentences(lists, count=1)
    assert sentence == [
        ("We", "O"),
        ("saw", "O"),
        ("the", "O"),
        ("Alps", "B-location"),
        (".", "O"),
    ]


def test_every_slot_of_a_template_has_names() -> None:
    lists = read_lists()
    slots = {slot for template in lists["templates"] for slot in writing._SLOT.findall(template)}
    assert slots <= set(TYPES)
    for name, lines in lists.items():
        assert len(set(lines)) == len(lines), name
