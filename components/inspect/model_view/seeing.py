"""What a checkpoint's tokenizer makes of a split, in one thread with a tokenizer of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loupe.checkpoints.tokenizer_alone import TokenizerAlone
from loupe.data.profile import ModelView, measure_tokens
from loupe.data.profile.card import Progress
from loupe.data.profile.words import sample_rows, texts_in_blocks
from loupe.data.view.columns import column_named
from loupe.data.view.duck import IsCancelled, never

Ids = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class CutText:
    """One text of a row that is cut. kept: the span of characters that the model still sees."""

    column: str
    text: str
    kept: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """limit: of the model, in tokens; None without one. cut: ids of the rows read that are cut.

    first: the texts of the first of them; empty where none is cut.
    """

    view: ModelView
    limit: int | None
    cut: Ids
    first: tuple[CutText, ...]


class TargetTokenizer:
    """A tokenizer of two languages, set to the one that is written: Marian has two vocabularies."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)

    def __call__(self, texts: Any, **how: Any) -> Any:
        return self._tokenizer(text_target=texts, **how)


def see(
    table: pa.Table,
    columns: Sequence[str],
    alone: TokenizerAlone,
    max_length: int,
    *,
    label: str | None,
    is_target: bool,
    sample: int | None,
    progress: Progress | None = None,
    cancelled: IsCancelled = never,
) -> Seen:
    """Tokenise a sample, or all rows where it is None. is_target: the texts are to be written.

    Raises what `measure_tokens` raises.
    """
    tokenizer = TargetTokenizer(alone.tokenizer) if is_target else alone.tokenizer
    view = measure_tokens(
        table,
        columns,
        tokenizer,
        max_length,
        label=label,
        sample=sample,
        progress=progress,
        cancelled=cancelled,
    )
    read = _rows_with_texts(table, columns, sample_rows(table.num_rows, sample, 0))
    cut = read[np.array(view.lengths, dtype=np.int64) > max_length]
    first = _first(table, columns, tokenizer, max_length, cut[:1])
    return Seen(view, alone.limit, cut, first)


def _rows_with_texts(table: pa.Table, columns: Sequence[str], ids: Ids) -> Ids:
    """Those that `measure_tokens` counts: of the same sample, where no text is missing."""
    there = np.ones(len(ids), dtype=bool)
    for name in columns:
        column = column_named(table.schema, name)
        values = table.column(column.position)
        if values.null_count:
            there &= values.is_valid().to_numpy()[ids]
    return ids[there]


def _first(
    table: pa.Table, columns: Sequence[str], tokenizer: Any, max_length: int, row: Ids
) -> tuple[CutText, ...]:
    if not len(row):
        return ()
    texts = []
    for name in columns:
        column = column_named(table.schema, name)
        (text,) = next(texts_in_blocks(table, column, row, cancelled=never))
        texts.append(text or "")
    spans = kept_spans(tokenizer, texts, max_length)
    return tuple(
        CutText(name, text, span) for name, text, span in zip(columns, texts, spans, strict=True)
    )


def kept_spans(tokenizer: Any, texts: Sequence[str], max_length: int) -> list[tuple[int, int]]:
    """Of a text, or of two as a pair, which characters are left by the cut at max_length."""
    if getattr(tokenizer, "is_fast", False):
        encoded = tokenizer(
            *([text] for text in texts),
            truncation=True,
            max_length=max_length,
            return_offsets_mapping=True,
            verbose=False,
        )
        sequence = encoded.sequence_ids(0)
        spans = []
        for number in range(len(texts)):
            own = [
                span
                for span, whose in zip(encoded["offset_mapping"][0], sequence, strict=True)
                if whose == number
            ]
            spans.append((min(a for a, _ in own), max(b for _, b in own)) if own else (0, 0))
        return spans
    if len(texts) > 1:
        # Which of a pair is cut is the tokenizer's own affair, and it does not say.
        return [(0, len(text)) for text in texts]

    def fits(characters: int) -> bool:
        ids = tokenizer([texts[0][:characters]], truncation=False, verbose=False)["input_ids"][0]
        return len(ids) <= max_length

    return [(0, _longest(fits, len(texts[0])))]


def _longest(fits: Callable[[int], bool], most: int) -> int:
    """The longest beginning that fits; tokenizers without offsets leave no other way."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return low
