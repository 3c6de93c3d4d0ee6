"""Labelled rows of a dataset, as the question to a model: texts with labels, or words with tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from loupe.data.labels import row_labels
from loupe.data.opened import Split
from loupe.data.read import read_some
from loupe.data.spec import Role
from loupe.errors import InvalidInput
from loupe.training.evaluation import spread


@dataclass(frozen=True, slots=True)
class LabelledTexts:
    """numbers: of the rows in their split, from 0. labels: of each row, by the data's names."""

    numbers: tuple[int, ...]
    texts: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All labels of these rows, by alphabet."""
        return tuple(sorted({name for row in self.labels for name in row}))


@dataclass(frozen=True, slots=True)
class LabelledSentences:
    """numbers: of the rows in their split, from 0. sentences: words. tags: as many a sentence."""

    numbers: tuple[int, ...]
    sentences: tuple[tuple[str, ...], ...]
    tags: tuple[tuple[str, ...], ...]


def read_texts(
    split: Split, roles: Mapping[Role, str], count: int, *, multi_label: bool
) -> LabelledTexts:
    """`count` rows, evenly apart over the split. Only these are read, and only these are checked.

    multi_label: whether a row may have any number of labels. Raises InvalidInput, with the row, for
    labels that cannot be read, and what read_some raises.
    """
    numbers = spread(split.rows, count)
    rows = read_some(split, _of(roles, Role.TEXT, Role.LABEL), numbers)
    labels = row_labels(rows, multi_label=multi_label, numbers=numbers)
    return LabelledTexts(tuple(numbers), tuple(rows[Role.TEXT.value][:]), tuple(labels))


def read_sentences(split: Split, roles: Mapping[Role, str], count: int) -> LabelledSentences:
    """`count` rows, evenly apart over the split. Only these are read, and only these are checked.

    Raises InvalidInput, with the row, where a word has no tag, and what read_some raises.
    """
    numbers = spread(split.rows, count)
    rows = read_some(split, _of(roles, Role.TOKENS, Role.TAGS), numbers)
    sentences = tuple(map(tuple, rows[Role.TOKENS.value][:]))
    tagged = tuple(map(tuple, rows[Role.TAGS.value][:]))
    for number, words, tags in zip(numbers, sentences, tagged, strict=True):
        if len(words) != len(tags) or None in (*words, *tags):
            raise InvalidInput(
                "Sentence {number} has {words} words and {tags} tags.",
                "Give each word one tag.",
                number=number + 1,
                words=sum(word is not None for word in words),
                tags=sum(tag is not None for tag in tags),
            )
    return LabelledSentences(tuple(numbers), sentences, tagged)


def _of(roles: Mapping[Role, str], *wanted: Role) -> dict[Role, str]:
    return {role: roles[role] for role in wanted}
