"""Labelled rows of a dataset, as the question to a model: texts with labels, or words with tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from loupe.data.labels import row_labels
from loupe.data.opened import Split
from loupe.data.read import read_rows
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
    split: Split,
    roles: Mapping[Role, str],
    count: int,
    *,
    multi_label: bool,
    roots: tuple[Path, ...],
    samples: Path,
) -> LabelledTexts:
    """`count` rows, evenly apart over the split.

    multi_label: whether a row may have any number of labels. Raises InvalidInput, with the row, for
    labels that cannot be read, and what read_rows raises.
    """
    sources = [source.model_copy(update={"columns": dict(roles)}) for source in split.sources]
    rows = read_rows(sources, (Role.TEXT, Role.LABEL), roots=roots, samples=samples)
    labels = row_labels(rows, multi_label=multi_label)
    numbers = spread(len(rows), count)
    texts = rows[Role.TEXT.value][:]
    return LabelledTexts(
        tuple(numbers), tuple(texts[i] for i in numbers), tuple(labels[i] for i in numbers)
    )


def read_sentences(
    split: Split,
    roles: Mapping[Role, str],
    count: int,
    *,
    roots: tuple[Path, ...],
    samples: Path,
) -> LabelledSentences:
    """`count` rows, evenly apart over the split.

    Raises InvalidInput, with the row, where a word has no tag, and what read_rows raises.
    """
    sources = [source.model_copy(update={"columns": dict(roles)}) for source in split.sources]
    rows = read_rows(sources, (Role.TOKENS, Role.TAGS), roots=roots, samples=samples)
    numbers = spread(len(rows), count)
    words, tags = rows[Role.TOKENS.value][:], rows[Role.TAGS.value][:]
    for i in numbers:
        if len(words[i]) != len(tags[i]) or None in (*words[i], *tags[i]):
            raise InvalidInput(
                "Sentence {number} has {words} words and {tags} tags.",
                "Give each word one tag.",
                number=i + 1,
                words=sum(word is not None for word in words[i]),
                tags=sum(tag is not None for tag in tags[i]),
            )
    return LabelledSentences(
        tuple(numbers),
        tuple(tuple(words[i]) for i in numbers),
        tuple(tuple(tags[i]) for i in numbers),
    )
