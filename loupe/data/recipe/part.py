"""Some rows of a split with what was done to their values, computed when they are read.

Nothing is written and nothing is lost: a part is the dataset it came from, the ids of the rows
that are left, and a chain of changes that each batch goes through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from loupe.errors import InvalidInput

if TYPE_CHECKING:
    # At run time this would cost a second wherever a run.yaml is read.
    from datasets import Dataset

BATCH_ROWS = 10_000

Batch = dict[str, pa.Array]  # (n,) each
Ids = np.ndarray[tuple[int], np.dtype[np.int64]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]


@dataclass(frozen=True)
class Cells:
    """One column's values, each through a function. kind: their new type; None: as before."""

    column: str
    function: Callable[[Any], Any]
    kind: pa.DataType | None = None

    def names(self, before: tuple[str, ...]) -> tuple[str, ...]:
        return before

    def reads(self, wanted: frozenset[str]) -> frozenset[str]:
        return wanted

    def __call__(self, batch: Batch) -> Batch:
        if self.column not in batch:
            return batch
        values = batch[self.column]
        new = [self.function(value) for value in values.to_pylist()]
        return {**batch, self.column: pa.array(new, self.kind or values.type)}


@dataclass(frozen=True)
class Renamed:
    """Columns under other names. new: old name to new."""

    new: Mapping[str, str]

    def names(self, before: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.new.get(name, name) for name in before)

    def reads(self, wanted: frozenset[str]) -> frozenset[str]:
        old = {new: name for name, new in self.new.items()}
        return frozenset(old.get(name, name) for name in wanted)

    def __call__(self, batch: Batch) -> Batch:
        return {self.new.get(name, name): values for name, values in batch.items()}


@dataclass(frozen=True)
class Kept:
    """Only these columns, in the order in which they stood."""

    columns: tuple[str, ...]

    def names(self, before: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in before if name in self.columns)

    def reads(self, wanted: frozenset[str]) -> frozenset[str]:
        return wanted

    def __call__(self, batch: Batch) -> Batch:
        return {name: values for name, values in batch.items() if name in self.columns}


Change = Cells | Renamed | Kept


@dataclass(frozen=True)
class Part:
    """Rows of one split.

    rows: the original ones. origin: the split that they are of. ids: (n,) of those that are left,
    ascending. changes: what their values go through, in order.
    """

    rows: Dataset
    origin: str
    ids: Ids
    changes: tuple[Change, ...] = field(default=())

    @classmethod
    def of(cls, name: str, rows: Dataset) -> Part:
        """All rows of a split.

        Columns of records give one column a field (`translation.en`); classes become their names,
        an unknown class (-1) nothing.
        """
        flat = rows.flatten()
        changes = []
        for column, feature in flat.features.items():
            names = class_names(feature)
            if names is not None:
                inner = getattr(feature, "feature", None)
                kind = pa.string() if inner is None else pa.list_(pa.string())
                changes.append(Cells(column, _Namer(tuple(names)), kind))
        return cls(flat, name, np.arange(len(flat), dtype=np.int64), tuple(changes))

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Its columns."""
        names = tuple(self.rows.column_names)
        for change in self.changes:
            names = change.names(names)
        return names

    @cached_property
    def types(self) -> dict[str, pa.DataType]:
        """Column to the type of its values."""
        batch = {field.name: field.type for field in self.rows.features.arrow_schema}
        for change in self.changes:
            if isinstance(change, Cells):
                if change.kind is not None and change.column in batch:
                    batch[change.column] = change.kind
            else:
                batch = change(batch)
        return batch

    def keep(self, mask: Mask) -> Part:
        """The rows that the mask (n,) marks."""
        return replace(self, ids=self.ids[mask])

    def then(self, *changes: Change) -> Part:
        """The same rows with more done to them."""
        return replace(self, changes=(*self.changes, *changes))

    def batches(self, columns: Sequence[str], mask: Mask | None = None) -> Iterator[Batch]:
        """The values of some columns, at most BATCH_ROWS at once; mask (n,): only those rows."""
        ids = self.ids if mask is None else self.ids[mask]
        wanted = frozenset(columns)
        for change in reversed(self.changes):
            wanted = change.reads(wanted)
        source = self.rows.select_columns(sorted(wanted)).with_format("arrow")
        for start in range(0, len(self.rows), BATCH_ROWS):
            low, high = np.searchsorted(ids, [start, start + BATCH_ROWS])
            if low == high:
                continue
            table = source[start : start + BATCH_ROWS]
            if high - low < len(table):
                table = table.take(pa.array(ids[low:high] - start))
            batch = {name: table.column(name).combine_chunks() for name in table.column_names}
            for change in self.changes:
                batch = change(batch)
            yield {name: batch[name] for name in columns}

    def values(self, columns: Sequence[str], mask: Mask | None = None) -> Iterator[tuple[Any, ...]]:
        """Row by row, one value a column."""
        for batch in self.batches(columns, mask):
            yield from zip(*(batch[name].to_pylist() for name in columns), strict=True)

    def column(self, name: str) -> Iterator[Any]:
        """The values of one column."""
        for batch in self.batches([name]):
            yield from batch[name].to_pylist()

    def require(self, *columns: str) -> None:
        """Raise InvalidInput where a column is not there."""
        for column in columns:
            if column not in self.names:
                raise InvalidInput(
                    "{split} has no column “{column}”.",
                    "Choose one of: {names}.",
                    split=self.origin,
                    column=column,
                    names=", ".join(f"“{name}”" for name in self.names),
                )


Parts = Mapping[str, Part]


def class_names(feature: Any) -> list[str] | None:
    """The names of a column's classes, also of a list of them; None for other columns."""
    inner = getattr(feature, "feature", feature)
    names = getattr(inner, "names", None)
    return names if type(inner).__name__ == "ClassLabel" else None


@dataclass(frozen=True)
class _Namer:
    """A class id to its name."""

    names: tuple[str, ...]

    def __call__(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self(item) for item in value]
        if value is None or value == -1:
            return None
        # A number without a name stays: a check tells of it, and a step can drop it.
        return self.names[value] if 0 <= value < len(self.names) else str(value)
