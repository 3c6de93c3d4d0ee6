"""Drop the copies of a row, and keep the first."""

from __future__ import annotations

from typing import Literal

import numpy as np

from loupe.data.recipe.part import Part, Parts
from loupe.data.recipe.same_rows import extra_copies, same_rows
from loupe.data.recipe.step import Columns, Step, listed, literal
from loupe.errors import Phrase


class DropDuplicates(Step):
    """Of rows of one split that are the same in `columns`, keep the first.

    normalised: case and white space make no difference. Rows with an empty value in one of the
    columns are no copies of each other.
    """

    step: Literal["drop_duplicates"] = "drop_duplicates"
    columns: Columns
    normalised: bool = False

    def title(self) -> Phrase:
        return Phrase(
            "Drop rows whose {columns} were there before, but for case and white space"
            if self.normalised
            else "Drop rows whose {columns} were there before",
            {"columns": listed(self.columns)},
        )

    def apply(self, parts: Parts) -> dict[str, Part]:
        after = {}
        for name, part in parts.items():
            part.require(*self.columns)
            group = same_rows({name: part}, self.columns, normalised=self.normalised)[name]
            mask = np.ones(len(part), np.bool_)
            mask[extra_copies(group)] = False
            after[name] = part.keep(mask)
        return after

    def script(self) -> str:
        columns = literal(self.columns)
        return f"""\
for name, rows in splits.items():
    keys = [
        key_of(row, {columns}, {self.normalised})
        for row in rows.select_columns({columns})
    ]
    splits[name] = rows.select(first_of_each(keys))
"""
