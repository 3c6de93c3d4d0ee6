"""Faults put into clean rows, with an exact account of where each one stands."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from samples.making.rows import Row, Sample


@dataclass(frozen=True, slots=True)
class Fault:
    """One planted fault. row: None where the whole file has it.

    column: the one that is at fault; empty where it is the whole row or file.
    pairs_with: the rows, by split, that it repeats or contradicts.
    also: other kinds that the same row may be reported as with good reason.
    """

    kind: str
    split: str
    row: Row | None = None
    column: str = ""
    pairs_with: tuple[tuple[str, Row], ...] = ()
    also: tuple[str, ...] = ()
    note: str = ""


def _any(_: Row) -> bool:
    return True


@dataclass(slots=True)
class Planter:
    """Plants faults into the splits of one sample; no clean row takes part in two of them.

    What `tell` takes beyond its own arguments is a Fault's: column, also, note.
    """

    sample: Sample
    rng: Random
    faults: list[Fault] = field(default_factory=list)
    # By identity. The rows are kept alive, so that no other row can get the same identity.
    _touched: dict[int, Row] = field(default_factory=dict)

    def clean(self, split: str, fits: Callable[[Row], bool] = _any) -> list[Row]:
        """The rows that no fault has touched."""
        return [r for r in self.sample.splits[split] if id(r) not in self._touched and fits(r)]

    def insert(self, kind: str, split: str, row: Row, **told: Any) -> None:
        """A row of its own that is at fault."""
        self._place(row, split, lowest=0)
        self.tell(kind, split, row, **told)

    def alter(
        self,
        kind: str,
        split: str,
        change: Callable[[Row], Row],
        *,
        fits: Callable[[Row], bool] = _any,
        **told: Any,
    ) -> None:
        """A clean row is replaced by a faulty one, where it stands."""
        old = self._pick(split, fits)
        new = change(old)
        rows = self.sample.splits[split]
        rows[_position(rows, old)] = new
        self._touched[id(new)] = new
        self.tell(kind, split, new, **told)

    def repeat(
        self,
        kind: str,
        split: str,
        change: Callable[[Row], Row],
        *,
        copies: int = 1,
        of: str = "",
        fits: Callable[[Row], bool] = _any,
        **told: Any,
    ) -> None:
        """Copies of a clean row of the same split, or of split `of`; the copy is at fault.

        Within a split it stands behind its original, so that the first is the one to keep.
        """
        origin = of or split
        original = self._pick(origin, fits)
        for _ in range(copies):
            copy = change(original)
            rows = self.sample.splits[split]
            self._place(copy, split, lowest=_position(rows, original) + 1 if not of else 0)
            self.tell(kind, split, copy, pairs_with=((origin, original),), **told)

    def tell(self, kind: str, split: str, row: Row | None, **told: Any) -> None:
        """Write a fault down. row None: the whole file has it."""
        self.faults.append(Fault(kind, split, row, **told))

    def account(self) -> list[dict[str, object]]:
        """Every fault by file and row, in the order of the files."""
        splits = self.sample.splits
        places = {
            id(row): (split, i) for split, rows in splits.items() for i, row in enumerate(rows)
        }
        order = list(splits)

        def told(fault: Fault) -> dict[str, object]:
            return {
                "sample": self.sample.name,
                "file": self.sample.file(fault.split),
                "split": fault.split,
                "row": None if fault.row is None else places[id(fault.row)][1],
                "kind": fault.kind,
                "column": fault.column,
                "pairs_with": [
                    {"file": self.sample.file(split), "split": split, "row": places[id(row)][1]}
                    for split, row in fault.pairs_with
                ],
                "also": list(fault.also),
                "note": fault.note,
            }

        def place(fault: Fault) -> tuple[int, int]:
            return order.index(fault.split), -1 if fault.row is None else places[id(fault.row)][1]

        return [told(fault) for fault in sorted(self.faults, key=place)]

    def _pick(self, split: str, fits: Callable[[Row], bool]) -> Row:
        row = self.rng.choice(self.clean(split, fits))
        self._touched[id(row)] = row
        return row

    def _place(self, row: Row, split: str, *, lowest: int) -> None:
        rows = self.sample.splits[split]
        rows.insert(self.rng.randint(lowest, len(rows)), row)
        self._touched[id(row)] = row


def _position(rows: Iterable[Row], wanted: Row) -> int:
    return next(i for i, row in enumerate(rows) if row is wanted)
