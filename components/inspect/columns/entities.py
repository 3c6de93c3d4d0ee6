"""Entities of tagged words: counted over all rows, and where they stand in a sentence."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from components.entity_text import EntityMark
from loupe.data.view import rows_at
from loupe.data.view.columns import Column, Kind, column_named, wrong_kind
from loupe.data.view.duck import IsCancelled, never, raise_if
from loupe.tasks.token_classification.schemes import Chunk, Scheme, read_chunks, scheme_of

BLOCK_ROWS = 5000
# Types beyond these are mistakes, such as words in the column of tags.
TYPES_MAX = 200
SHOWN_ROWS = 3
# Sentences with more types at once show more; so many rows are looked at.
LOOKED_AT_ROWS = 200


@dataclass(frozen=True, slots=True, eq=False)
class EntityType:
    """count: entities of it in all rows. rows: ids of those that have one."""

    label: str
    count: int
    rows: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class EntityCounts:
    """types: the most frequent first. without: rows that have no entity.

    examples: (row, its words joined by spaces, its marks).
    """

    scheme: Scheme
    entities: int
    types: tuple[EntityType, ...]
    without: npt.NDArray[np.int64]
    examples: tuple[tuple[int, str, tuple[EntityMark, ...]], ...]


def count_entities(
    table: pa.Table,
    tokens: str,
    tags: str,
    *,
    progress: Callable[[int, int], None] | None = None,
    cancelled: IsCancelled = never,
) -> EntityCounts:
    """Read all tags. tokens: a column of lists of words; tags: of texts or of class ids.

    Raises InvalidInput where the columns are others, and Cancelled.
    """
    words_column, tags_column = column_named(table.schema, tokens), column_named(table.schema, tags)
    for column, kinds in ((words_column, (Kind.TEXTS,)), (tags_column, (Kind.TEXTS, Kind.LABELS))):
        if column.kind not in kinds:
            raise wrong_kind(column, "reading entities", table.schema, kinds)
    sentences = []
    for start in range(0, table.num_rows, BLOCK_ROWS):
        raise_if(cancelled)
        block = table.column(tags_column.position).slice(start, BLOCK_ROWS).to_pylist()
        sentences += [_names(row, tags_column) for row in block]
        if progress is not None:
            progress(min(start + BLOCK_ROWS, table.num_rows), table.num_rows)
    scheme = scheme_of(sorted({tag for sentence in sentences for tag in sentence}))
    counts: dict[str, int] = defaultdict(int)
    rows: dict[str, list[int]] = defaultdict(list)
    without = []
    for number, sentence in enumerate(sentences):
        chunks = read_chunks(sentence, scheme)
        for chunk in chunks:
            counts[chunk.label] += 1
        for label in {chunk.label for chunk in chunks}:
            rows[label].append(number)
        if not chunks:
            without.append(number)
    ordered = sorted(counts, key=lambda label: (-counts[label], label))[:TYPES_MAX]
    return EntityCounts(
        scheme,
        sum(counts.values()),
        tuple(
            EntityType(label, counts[label], np.array(rows[label], dtype=np.int64))
            for label in ordered
        ),
        np.array(without, dtype=np.int64),
        _examples(table, words_column, sentences, scheme, ordered),
    )


def _names(tags: Sequence[object] | None, column: Column) -> list[str]:
    if column.kind is not Kind.LABELS:
        return [str(tag) for tag in tags or ()]
    names = column.label_names
    return [
        names[tag] if isinstance(tag, int) and 0 <= tag < len(names) else str(tag)
        for tag in tags or ()
    ]


def _examples(
    table: pa.Table,
    column: Column,
    sentences: Sequence[Sequence[str]],
    scheme: Scheme,
    types: Sequence[str],
) -> tuple[tuple[int, str, tuple[EntityMark, ...]], ...]:
    """Of the first rows those whose entities are of the most types."""
    found = [
        (number, read_chunks(sentence, scheme))
        for number, sentence in enumerate(sentences[:LOOKED_AT_ROWS])
    ]
    best = sorted(found, key=lambda one: (-len({chunk.label for chunk in one[1]}), one[0]))
    chosen = [one for one in best[:SHOWN_ROWS] if one[1]]
    examples = []
    for number, chunks in chosen:
        ids = np.array([number], dtype=np.int64)
        words = rows_at(table.select([column.position]), ids).column(0).to_pylist()[0]
        if words is None or len(words) != len(sentences[number]):
            continue
        text, marks = mark(["" if word is None else word for word in words], chunks, types)
        examples.append((number, text, marks))
    return tuple(examples)


def mark(
    words: Sequence[str], chunks: Sequence[Chunk], types: Sequence[str]
) -> tuple[str, tuple[EntityMark, ...]]:
    """(the words joined by spaces, where its entities stand). types: the order of the colours."""
    starts = np.cumsum([0, *(len(word) + 1 for word in words)])
    marks = []
    for chunk in chunks:
        start, end = int(starts[chunk.first]), int(starts[chunk.last]) - 1
        if start < end:
            kind = types.index(chunk.label) if chunk.label in types else len(types)
            marks.append(EntityMark((start, end), chunk.label, kind))
    return " ".join(words), tuple(marks)
