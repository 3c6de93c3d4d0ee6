"""Sequences of tags read as entities: legal ones, and what breaks the rules."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from seqeval.metrics.sequence_labeling import get_entities  # type: ignore[import-untyped]
from seqeval.scheme import IOB2, IOBES, Entities  # type: ignore[import-untyped]

from loupe.tasks.token_classification.schemes import Chunk, Scheme, read_chunks, scheme_of, type_of

TYPES = ("PER", "LOC-CITY")
BIO_TAGS = ("O", *(f"{p}-{t}" for p in "BI" for t in TYPES))
BIOES_TAGS = ("O", *(f"{p}-{t}" for p in "BIES" for t in TYPES))


def read(*tags: str, scheme: Scheme = Scheme.BIO) -> list[Chunk]:
    return read_chunks(tags, scheme)


@pytest.mark.parametrize(
    ("labels", "scheme"),
    [
        (("O", "B-PER", "I-PER"), Scheme.BIO),
        (("B-PER", "I-PER"), Scheme.BIO),
        (("O", "B-PER", "I-PER", "E-PER", "S-PER"), Scheme.BIOES),
        (("O", "B-PER", "I-PER", "L-PER", "U-PER"), Scheme.BIOES),
        (("O", "I-PER", "I-LOC"), Scheme.IO),
        (("O", "PER", "LOC"), Scheme.IO),
        (("NOUN", "VERB", "X"), Scheme.TAGS),
        (("LABEL_0", "LABEL_1"), Scheme.TAGS),
        (("O", "B", "I"), Scheme.IO),  # letters without a type are types
        (("O", "B-PER", "MISC"), Scheme.BIO),
    ],
    ids=str,
)
def test_the_scheme_is_read_from_the_labels(labels: tuple[str, ...], scheme: Scheme) -> None:
    assert scheme_of(labels) is scheme
    assert scheme_of(labels[::-1]) is scheme


def test_types_are_labels_without_their_prefix() -> None:
    assert [type_of(label) for label in ("O", "B-PER", "S-LOC-CITY", "PER", "B-", "X-1")] == [
        None,
        "PER",
        "LOC-CITY",
        "PER",
        "B-",
        "X-1",
    ]


def test_neighbours_of_one_type_are_parted_by_b() -> None:
    assert read("B-PER", "I-PER", "B-PER", "O", "B-LOC") == [
        Chunk("PER", 0, 2, False),
        Chunk("PER", 2, 3, False),
        Chunk("LOC", 4, 5, False),
    ]


def test_inside_without_a_beginning_begins_and_is_repaired() -> None:
    assert read("O", "I-PER", "I-PER", "I-LOC", "B-LOC", "I-LOC") == [
        Chunk("PER", 1, 3, True),
        Chunk("LOC", 3, 4, True),
        Chunk("LOC", 4, 6, False),
    ]


def test_a_bare_scheme_joins_neighbours_of_one_type_and_repairs_nothing() -> None:
    assert read("PER", "PER", "LOC", "O", "PER", scheme=Scheme.IO) == [
        Chunk("PER", 0, 2, False),
        Chunk("LOC", 2, 3, False),
        Chunk("PER", 4, 5, False),
    ]


def test_bioes_wants_a_begin_and_an_end_or_a_single() -> None:
    tags = ("B-A", "I-A", "E-A", "S-A", "B-A", "O", "I-A", "E-A", "S-A", "E-A")
    assert read(*tags, scheme=Scheme.BIOES) == [
        Chunk("A", 0, 3, False),
        Chunk("A", 3, 4, False),
        Chunk("A", 4, 5, True),
        Chunk("A", 6, 8, True),
        Chunk("A", 8, 9, False),
        Chunk("A", 9, 10, True),
    ]


def test_bilou_is_bioes_with_other_letters() -> None:
    renamed = {"B": "B", "I": "I", "E": "L", "S": "U"}
    tags = ("B-A", "I-A", "E-A", "S-A", "O", "I-A", "E-A")
    bilou = tuple(tag if tag == "O" else renamed[tag[0]] + tag[1:] for tag in tags)
    assert read(*bilou, scheme=Scheme.BIOES) == read(*tags, scheme=Scheme.BIOES)


def test_tags_without_entities_give_none() -> None:
    assert read("NOUN", "NOUN", "VERB", scheme=Scheme.TAGS) == []
    assert read() == []


patient = settings(deadline=None)


@patient
@given(st.lists(st.sampled_from(BIOES_TAGS), max_size=12))
def test_any_sequence_is_read_as_seqeval_reads_it_by_default(tags: list[str]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = [(label, first, last + 1) for label, first, last in get_entities(tags)]
    assert [(c.label, c.first, c.last) for c in read_chunks(tags, Scheme.BIOES)] == expected


@patient
@given(st.lists(st.sampled_from(BIO_TAGS), max_size=12))
def test_what_is_not_repaired_is_what_the_strict_reading_finds(tags: list[str]) -> None:
    strict = {(e.tag, e.start, e.end) for e in Entities([tags], IOB2).entities[0]}
    legal = {(c.label, c.first, c.last) for c in read_chunks(tags, Scheme.BIO) if not c.repaired}
    # The strict reading also ends a legal entity before an I- of another type; so do we.
    assert legal == strict


@patient
@given(st.lists(st.sampled_from(BIOES_TAGS), max_size=12))
def test_a_strict_entity_of_bioes_is_found_and_not_repaired(tags: list[str]) -> None:
    strict = {(e.tag, e.start, e.end) for e in Entities([tags], IOBES).entities[0]}
    legal = {(c.label, c.first, c.last) for c in read_chunks(tags, Scheme.BIOES) if not c.repaired}
    assert strict <= legal | {
        (c.label, c.first, c.last) for c in read_chunks(tags, Scheme.BIOES) if c.repaired
    }
    assert legal <= strict


@patient
@given(st.lists(st.sampled_from(BIO_TAGS), max_size=12))
def test_every_word_with_a_type_is_in_exactly_one_chunk(tags: list[str]) -> None:
    chunks = read_chunks(tags, Scheme.BIO)
    covered = [i for c in chunks for i in range(c.first, c.last)]
    assert covered == [i for i, tag in enumerate(tags) if tag != "O"]
    for chunk in chunks:
        assert {type_of(tags[i]) for i in range(chunk.first, chunk.last)} == {chunk.label}
