"""Tagged sentences against the tags that people gave them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from loupe.data.outcomes import Entities, TaggedRow
from loupe.errors import InvalidInput
from loupe.tasks.token_classification.entity_scores import type_scores
from loupe.tasks.token_classification.given_words import TaggedSentence
from loupe.tasks.token_classification.schemes import (
    OUTSIDE,
    Scheme,
    read_chunks,
    scheme_of,
    type_of,
)


def names_of(tags: Sequence[str]) -> tuple[str, ...]:
    """What tags name: the types of entities, or the tags themselves where none of them is O."""
    if scheme_of(tags) is Scheme.TAGS:
        return tuple(dict.fromkeys(tags))
    return tuple(dict.fromkeys(name for tag in tags if (name := type_of(tag)) is not None))


def refuse_mixed(tags: Sequence[str], labels: Sequence[str]) -> None:
    """Raise InvalidInput where the data's tags mark entities and the model's labels do not, or the
    other way round.
    """
    of_data, of_model = scheme_of(tags), scheme_of(labels)
    if (of_data is Scheme.TAGS) is (of_model is Scheme.TAGS):
        return
    entities = "The data mark entities, and this checkpoint gives every word a tag of its own."
    words = "The data give every word a tag of its own, and this checkpoint marks entities."
    raise InvalidInput(
        entities if of_model is Scheme.TAGS else words,
        "Choose data that are tagged as the checkpoint’s own were.",
    )


def judge(
    sentences: Sequence[Sequence[str]],
    truth: Sequence[Sequence[str]],
    given: Sequence[TaggedSentence],
    labels: Sequence[str],
    names: Mapping[str, str | None],
) -> Entities:
    """The record of what was right and what was not, as a run keeps it.

    sentences, truth: words and their tags. labels: the model's. names: what the data name → what
    the model names so; None leaves it out: its words are O, or take no part where nothing is O.
    Tags of two schemes are both written as IOB2. Where both have B- and I- they stay as they are:
    an entity that begins with I- is then none, as seqeval has it in its strict mode.
    Raises InvalidInput where one marks entities and the other tags every word, and where no word is
    left.
    """
    tags = sorted({tag for row in truth for tag in row})
    refuse_mixed(tags, labels)
    of_data, of_model = scheme_of(tags), scheme_of(labels)
    read = [[row[i] for i in one.words] for row, one in zip(truth, given, strict=True)]
    if of_data is Scheme.TAGS:
        rows = [
            _of_tags([words[i] for i in one.words], wanted, one.tags, names)
            for words, wanted, one in zip(sentences, read, given, strict=True)
        ]
    else:
        as_they_are = of_data is of_model is Scheme.BIO
        rows = [
            TaggedRow(
                tuple(words[i] for i in one.words),
                tuple(_renamed(wanted if as_they_are else _iob2(wanted, of_data), names)),
                tuple(one.tags if as_they_are else _iob2(one.tags, of_model)),
            )
            for words, wanted, one in zip(sentences, read, given, strict=True)
        ]
    rows = [row for row in rows if row.words]
    if not rows:
        raise InvalidInput(
            "No word is left to be judged.",
            "Check the columns, and which tags of the data are which of the model’s.",
        )
    if of_data is Scheme.TAGS:
        return Entities((), tuple(rows))
    scores = type_scores([row.truth for row in rows], [row.predicted for row in rows])
    return Entities(scores, tuple(rows))


def _of_tags(
    words: Sequence[str],
    truth: Sequence[str],
    given: Sequence[str],
    names: Mapping[str, str | None],
) -> TaggedRow:
    """A sentence in which every word has a tag, without the words whose tag is left out."""
    kept = [
        (word, name, tag)
        for word, wanted, tag in zip(words, truth, given, strict=True)
        if (name := names.get(wanted)) is not None
    ]
    return TaggedRow(
        tuple(word for word, _name, _tag in kept),
        tuple(name for _word, name, _tag in kept),
        tuple(tag for _word, _name, tag in kept),
    )


def _renamed(tags: Sequence[str], names: Mapping[str, str | None]) -> list[str]:
    """Tags of the data with the model's names of their types."""
    renamed = []
    for tag in tags:
        name = type_of(tag)
        new = None if name is None else names.get(name)
        renamed.append(OUTSIDE if new is None or name is None else tag[: -len(name)] + new)
    return renamed


def _iob2(tags: Sequence[str], scheme: Scheme) -> list[str]:
    found = [OUTSIDE] * len(tags)
    for chunk in read_chunks(tags, scheme):
        found[chunk.first : chunk.last] = [
            f"B-{chunk.label}",
            *[f"I-{chunk.label}"] * (chunk.last - chunk.first - 1),
        ]
    return found
