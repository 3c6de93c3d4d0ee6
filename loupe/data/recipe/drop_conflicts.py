"""Drop the texts that have several labels."""

from __future__ import annotations

from typing import Literal

import numpy as np

from loupe.data.recipe.cells import same_text
from loupe.data.recipe.part import Ids, Mask, Part, Parts
from loupe.data.recipe.same_rows import ALONE, same_rows
from loupe.data.recipe.step import Columns, Step, listed, literal
from loupe.errors import Phrase


class DropConflicts(Step):
    """Drop all rows whose `columns` stand with several labels, in whatever split.

    Labels that differ in case and white space alone are one: merging them is another step.
    normalised: case and white space of the text make no difference either.
    """

    step: Literal["drop_conflicts"] = "drop_conflicts"
    columns: Columns
    label: str
    normalised: bool = True

    def title(self) -> Phrase:
        return Phrase(
            "Drop rows whose {columns} have several labels", {"columns": listed(self.columns)}
        )

    def apply(self, parts: Parts) -> dict[str, Part]:
        for part in parts.values():
            part.require(*self.columns, self.label)
        groups = same_rows(parts, self.columns, normalised=self.normalised)
        found = conflicts(parts, groups, self.label)
        return {name: part.keep(~found[name][0]) for name, part in parts.items()}

    def script(self) -> str:
        key = f"key_of(row, {literal(self.columns)}, {self.normalised})"
        label = f"row[{literal(self.label)}]"
        return f"""\
pairs = [
    ({key}, {label})
    for rows in splits.values()
    for row in rows
]
conflicts = contradicted([key for key, _ in pairs], [label for _, label in pairs])
for name, rows in splits.items():
    splits[name] = rows.filter(
        lambda row: {key} not in conflicts,
        load_from_cache_file=False,
    )
"""


def conflicts(parts: Parts, groups: dict[str, Ids], label: str) -> dict[str, tuple[Mask, Ids]]:
    """A part to the mask (n,) of its rows in conflict, and to the groups (n,) of equal texts."""
    numbers: dict[str, int] = {"": ALONE}  # no label contradicts none
    labels = {}
    for name, part in parts.items():
        texts = (same_text(value) for value in part.column(label))
        labels[name] = np.fromiter(
            (numbers.setdefault(text, len(numbers)) for text in texts), np.int64, len(part)
        )
    empty = np.zeros(0, np.int64)
    group = np.concatenate([empty, *groups.values()])
    number = np.concatenate([empty, *labels.values()])
    known = (group != ALONE) & (number != ALONE)
    distinct = np.unique(np.stack([group[known], number[known]], axis=1), axis=0)
    found, counts = np.unique(distinct[:, 0], return_counts=True)
    several = found[counts > 1]
    return {name: (np.isin(groups[name], several), groups[name]) for name in parts}
