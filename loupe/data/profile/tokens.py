"""What a model sees of the texts: what is cut off, what is padding, what its vocabulary lacks."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from loupe.data.profile.card import Progress
from loupe.data.profile.words import rows_a_block, sample_rows, texts_in_blocks
from loupe.data.view.columns import MEASURED, Column, Kind, column_named, wrong_kind
from loupe.data.view.duck import IsCancelled, never
from loupe.data.view.rows import rows_at
from loupe.errors import InvalidInput

SAMPLE_ROWS = 1000
BATCH_ROWS = 16
CONFIDENCE_Z = 1.959964  # the normal distribution's two-sided 95 %
LABELS_SHOWN = 100
# Equal texts are tokenised once while so many different ones are remembered.
_REMEMBERED_MAX = 200_000


@dataclass(frozen=True, slots=True)
class Share:
    """A share of rows, with its 95 % interval where the rows were a sample (Wilson 1927).

    Without a sample low = high = value.
    """

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class LabelCut:
    """Rows of one label, and how many of them are cut."""

    label: str
    rows: int
    cut: int
    share: Share


@dataclass(frozen=True, slots=True)
class ModelView:
    """rows_read of rows (missing texts are left out); estimated: a sample.

    Lengths are in tokens with the special ones. cut: share of rows longer than max_length.
    tokens, tokens_lost: of the rows read, before and by the cut.
    by_label: the label that suffers most first, by share. None without a label column.
    padding_random, padding_grouped: share of all positions that is padding, in batches of
        BATCH_ROWS drawn at random, and of rows sorted by length. 0 without rows.
    unknown_share: unknown tokens over all that are not special, before the cut; None for a
        tokenizer that has no unknown token.
    lengths: (rows_read,) before the cut, in order; for a histogram.
    """

    max_length: int
    rows: int
    rows_read: int
    estimated: bool
    cut: Share
    tokens: int
    tokens_lost: int
    by_label: tuple[LabelCut, ...] | None
    padding_random: float
    padding_grouped: float
    unknown_share: float | None
    lengths: tuple[int, ...]

    @property
    def lost_share(self) -> float:
        return self.tokens_lost / self.tokens if self.tokens else 0.0


def measure_tokens(
    table: pa.Table,
    columns: Sequence[str],
    tokenizer: Any,
    max_length: int,
    *,
    label: str | None = None,
    sample: int | None = SAMPLE_ROWS,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: IsCancelled = never,
) -> ModelView:
    """Tokenise one column, or two as pairs, as they stand; lists of words are joined by spaces.

    tokenizer: as transformers has them. It must belong to the caller's thread alone: a fast one
    that two threads share gives wrong lengths without a word.
    sample: so many rows drawn by the seed, for showing at once; None: all, with progress as (rows
    done, rows). Raises InvalidInput (no text column, max_length below 1) and Cancelled.
    """
    if max_length < 1 or not 1 <= len(columns) <= 2:
        raise InvalidInput(
            "Tokens are counted for one or two columns and a max_length of at least 1.",
            "Choose the column of the text, and of the second text of a pair if there is one.",
        )
    chosen = [column_named(table.schema, name) for name in columns]
    for column in chosen:
        if column.kind not in MEASURED:
            raise wrong_kind(column, "tokenising", table.schema, MEASURED)
    ids = sample_rows(table.num_rows, sample, seed)
    counter = _Counter(tokenizer)
    pieces = []
    done = 0
    rows = rows_a_block(table, chosen)
    blocks = zip(
        *(texts_in_blocks(table, column, ids, rows=rows, cancelled=cancelled) for column in chosen),
        strict=True,
    )
    for block in blocks:
        pieces.append(counter.count(list(zip(*block, strict=True))))
        done += len(block[0])
        if progress is not None:
            progress(done, len(ids))
    counted = np.concatenate([np.zeros((0, 3), dtype=np.int64), *pieces])  # (R, 3)
    there = counted[:, 0] >= 0
    labels = None
    if label is not None:
        labels = _labels(table, column_named(table.schema, label), ids[there])
    return _summary(
        counted[there],
        labels,
        max_length,
        rows=table.num_rows,
        estimated=len(ids) < table.num_rows,
        has_unknown=getattr(tokenizer, "unk_token_id", None) is not None,
        seed=seed,
    )


class _Counter:
    """(length with special tokens, special, unknown) of texts; of equal ones once."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._special = frozenset(getattr(tokenizer, "all_special_ids", ()))
        self._unknown = getattr(tokenizer, "unk_token_id", None)
        self._remembered: dict[bytes, tuple[int, int, int]] = {}

    def count(self, rows: list[tuple[str | None, ...]]) -> npt.NDArray[np.int64]:
        """(R, 3); -1 where a text is missing."""
        keys = [None if None in row else _key(row) for row in rows]
        new = {
            key: row
            for key, row in zip(keys, rows, strict=True)
            if key is not None and key not in self._remembered
        }
        if len(self._remembered) + len(new) > _REMEMBERED_MAX:
            known = self._remembered
            self._remembered = {k: known[k] for k in keys if k is not None and k in known}
        if new:
            texts = [list(column) for column in zip(*new.values(), strict=True)]
            encoded = self._tokenizer(
                *texts,
                truncation=False,
                return_attention_mask=False,
                return_token_type_ids=False,
                return_special_tokens_mask=True,
                verbose=False,
            )
            masks = encoded["special_tokens_mask"]
            for key, tokens, mask in zip(new, encoded["input_ids"], masks, strict=True):
                unknown = 0 if self._unknown is None else tokens.count(self._unknown)
                self._remembered[key] = (len(tokens), sum(mask), unknown)
        nothing = (-1, 0, 0)
        found = [nothing if key is None else self._remembered[key] for key in keys]
        return np.array(found, dtype=np.int64).reshape(-1, 3)


def _key(row: tuple[str | None, ...]) -> bytes:
    digest = blake2b(digest_size=16)
    for text in row:
        written = (text or "").encode("utf-8", "surrogatepass")
        # The length first: ("ab", "c") and ("a", "bc") are two pairs.
        digest.update(len(written).to_bytes(8, "little") + written)
    return digest.digest()


def _labels(table: pa.Table, column: Column, ids: npt.NDArray[np.int64]) -> list[str | None]:
    values = rows_at(table.select([column.position]), ids).column(0).to_pylist()
    names = column.label_names
    if column.kind is Kind.LABEL:
        return [names[v] if v is not None and 0 <= v < len(names) else _said(v) for v in values]
    return [_said(value) for value in values]


def _said(value: Any) -> str | None:
    return None if value is None else str(value)


def _summary(
    counted: npt.NDArray[np.int64],
    labels: list[str | None] | None,
    max_length: int,
    *,
    rows: int,
    estimated: bool,
    has_unknown: bool,
    seed: int,
) -> ModelView:
    lengths = counted[:, 0]
    is_cut = lengths > max_length
    seen = np.minimum(lengths, max_length)
    by_label = None
    if labels is not None:
        groups: dict[str, list[bool]] = defaultdict(list)
        for name, cut in zip(labels, is_cut.tolist(), strict=True):
            if name is not None:
                groups[name].append(cut)
        found = [
            LabelCut(name, len(cuts), sum(cuts), share_of(sum(cuts), len(cuts), estimated))
            for name, cuts in groups.items()
        ]
        found.sort(key=lambda entry: (-entry.share.value, -entry.rows, entry.label))
        by_label = tuple(found[:LABELS_SHOWN])
    ordinary = int((lengths - counted[:, 1]).sum())
    order = np.random.default_rng(seed).permutation(len(seen))
    return ModelView(
        max_length=max_length,
        rows=rows,
        rows_read=len(lengths),
        estimated=estimated,
        cut=share_of(int(is_cut.sum()), len(lengths), estimated),
        tokens=int(lengths.sum()),
        tokens_lost=int((lengths - seen).sum()),
        by_label=by_label,
        padding_random=padding_share(seen[order]),
        padding_grouped=padding_share(np.sort(seen)),
        unknown_share=float(counted[:, 2].sum() / ordinary) if has_unknown and ordinary else None,
        lengths=tuple(lengths.tolist()),
    )


def padding_share(lengths: npt.NDArray[np.int64]) -> float:
    """Padding over all positions, in consecutive batches of BATCH_ROWS, each as long as its
    longest row.
    """
    if not len(lengths) or not lengths.any():
        return 0.0
    starts = np.arange(0, len(lengths), BATCH_ROWS)
    sizes = np.diff([*starts, len(lengths)])
    positions = int((np.maximum.reduceat(lengths, starts) * sizes).sum())
    return 1 - int(lengths.sum()) / positions


def share_of(count: int, rows: int, estimated: bool) -> Share:
    """The share, with Wilson's interval where it is estimated; of no rows, 0 of anything."""
    if not rows:
        return Share(0.0, 0.0, 1.0 if estimated else 0.0)
    value = count / rows
    if not estimated:
        return Share(value, value, value)
    spread = CONFIDENCE_Z**2 / rows
    middle = (value + spread / 2) / (1 + spread)
    half = CONFIDENCE_Z * math.sqrt(value * (1 - value) / rows + spread / (4 * rows)) / (1 + spread)
    return Share(value, max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half)))
