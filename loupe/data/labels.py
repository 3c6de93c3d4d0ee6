"""Labels as people write them, checked before a model sees them.

transformers' own failures come late and say little: "Unable to create tensor" for a text, an
IndexError (on a GPU a dead process) for an id out of range, "Target size" for a fraction.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from datasets import Dataset

from loupe.data.spec import Role
from loupe.errors import InvalidInput

MULTI_LABEL_DELIMITER = "|"
_EXCERPT_CHARACTERS = 60
_MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class _Row:
    """rows[place]. number: what a person is told it is, from 1."""

    rows: Dataset
    place: int
    number: int

    @property
    def excerpt(self) -> str:
        return _excerpt(self.rows, self.place)


def row_labels(
    rows: Dataset, *, multi_label: bool, numbers: Sequence[int] | None = None
) -> list[tuple[str, ...]]:
    """Each row's labels by name: one, or with multi_label any number.

    Whole numbers are names too. numbers: of the rows where they came from, from 0; None: as they
    stand here. Raises InvalidInput, naming row and value: missing, a fraction, below zero, a list
    where one label belongs.
    """
    values = rows[Role.LABEL.value][:]  # all at once: row by row takes a hundred times as long
    read = _read_many if multi_label else _read_one
    return [
        read(value, _Row(rows, i, (i if numbers is None else numbers[i]) + 1))
        for i, value in enumerate(values)
    ]


def find_labels(
    train: Dataset, validation: Dataset | None, *, multi_label: bool
) -> tuple[str, ...]:
    """All labels of the training rows: by number where all are whole numbers, else by alphabet.

    Raises InvalidInput for what row_labels refuses, labels that differ in case or white space
    alone, a label that only held-out rows have, and fewer than two labels (multi_label: one).
    """
    trained = row_labels(train, multi_label=multi_label)
    held_out = [] if validation is None else row_labels(validation, multi_label=multi_label)
    names = {name for row in trained for name in row}
    refuse_aliases(names.union(*held_out))
    for i, row in enumerate(held_out):
        for name in row:
            if name not in names:
                assert validation is not None
                raise _unseen(name, validation, i)
    least = 1 if multi_label else 2
    if len(names) < least:
        raise InvalidInput(
            "The training rows have {count} label ({names}); a model needs at least {least} to "
            "tell apart.",
            "Check the label column, and that the rows are not sorted and cut.",
            count=len(names),
            names=", ".join(f"“{name}”" for name in names) or "none",
            least=least,
        )
    return tuple(sorted(names, key=_order))


def refuse_aliases(names: Iterable[str]) -> None:
    """Raise InvalidInput where labels are the same but for case or white space: "pos ", "Pos"."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in sorted(names):
        groups[" ".join(name.split()).casefold()].append(name)
    aliases = [group for group in groups.values() if len(group) > 1]
    if aliases:
        raise InvalidInput(
            "Some labels differ in case or white space alone and would be classes of their own.",
            "Write each in one way, or give them different names: {aliases}.",
            aliases="; ".join(
                " and ".join(f"“{name}”" for name in group) for group in aliases[:_MOST_NAMED]
            ),
        )


def label_ids(
    rows: Dataset, labels: Sequence[str], *, multi_label: bool
) -> list[int] | list[list[float]]:
    """(R,) positions in `labels`, or (R, C) of 0.0 and 1.0 with multi_label.

    Raises InvalidInput for a label that is not among them.
    """
    position = {name: i for i, name in enumerate(labels)}
    named = row_labels(rows, multi_label=multi_label)
    for i, row in enumerate(named):
        for name in row:
            if name not in position:
                raise InvalidInput(
                    "Row {row} ({text}) has the label “{value}”, which the model does not know.",
                    "The labels are: {names}.",
                    row=i + 1,
                    text=_excerpt(rows, i),
                    value=name,
                    names=", ".join(labels),
                )
    if multi_label:
        return [[float(name in row) for name in labels] for row in named]
    return [position[row[0]] for row in named]


def _read_one(value: Any, row: _Row) -> tuple[str, ...]:
    if isinstance(value, list):
        raise _fault(
            row,
            value,
            "Row {row} ({text}) has a list of labels: {value}.",
            "Choose multi_label, or give each row one label.",
        )
    return (_name(value, row),)


def _read_many(value: Any, row: _Row) -> tuple[str, ...]:
    if value is None:
        raise _missing(row)
    if isinstance(value, str):
        parts = [part.strip() for part in value.split(MULTI_LABEL_DELIMITER)]
        value = [part for part in parts if part]
    if not isinstance(value, list):
        value = [value]
    return tuple(dict.fromkeys(_name(item, row) for item in value))


def _name(value: Any, row: _Row) -> str:
    if value is None or (isinstance(value, str) and not value.strip()):
        raise _missing(row)
    if isinstance(value, float):
        if not value.is_integer():
            raise _fault(
                row,
                value,
                "The label {value} of row {row} ({text}) is a fraction.",
                "Labels are names or whole numbers; cut a scale into classes beforehand.",
            )
        value = int(value)
    if not isinstance(value, (str, int)):
        raise _fault(
            row,
            value,
            "The label {value} of row {row} ({text}) is neither a name nor a whole number.",
            "Choose another column.",
        )
    name = str(value)
    if _is_number(name) and int(name) < 0:
        raise _fault(
            row,
            name,
            "The label {value} of row {row} ({text}) is below zero.",
            "-1 often marks an unknown label: delete such rows.",
        )
    return name


def _missing(row: _Row) -> InvalidInput:
    return InvalidInput(
        "Row {row} ({text}) has no label.",
        "Fill it in, or delete the row.",
        row=row.number,
        text=row.excerpt,
    )


def _unseen(name: str, rows: Dataset, i: int) -> InvalidInput:
    return InvalidInput(
        "The label “{value}” stands in the held-out rows only (row {row}: {text}).",
        "A model cannot learn a label that it never sees: add training rows with it, or delete it.",
        row=i + 1,
        text=_excerpt(rows, i),
        value=name,
    )


def _fault(row: _Row, value: Any, message: str, remedy: str) -> InvalidInput:
    return InvalidInput(message, remedy, row=row.number, text=row.excerpt, value=f"“{value}”")


def _excerpt(rows: Dataset, i: int) -> str:
    """The start of the row's text: rows are counted after the split, so it is found by its text."""
    text = " ".join(str(rows[i][Role.TEXT.value]).split())
    short = text if len(text) <= _EXCERPT_CHARACTERS else text[:_EXCERPT_CHARACTERS] + "…"
    return f"“{short}”"


def _is_number(name: str) -> bool:
    return name.removeprefix("-").isdecimal() and name.isascii()


def _order(name: str) -> tuple[bool, int, str]:
    return (not _is_number(name), int(name) if _is_number(name) else 0, name)
