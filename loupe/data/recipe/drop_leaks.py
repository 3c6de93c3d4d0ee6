"""Drop the rows of one split that another split has too."""

from __future__ import annotations

from typing import Literal

import numpy as np

from loupe.data.recipe.part import Part, Parts
from loupe.data.recipe.same_rows import ALONE, same_rows
from loupe.data.recipe.step import Columns, Step, listed, literal, the_split
from loupe.errors import InvalidInput, Phrase


class DropLeaks(Step):
    """Drop the rows of the split `remove_from` whose `columns` stand in any other split.

    normalised: case and white space make no difference.
    """

    step: Literal["drop_leaks"] = "drop_leaks"
    columns: Columns
    remove_from: str = "train"
    normalised: bool = False

    def title(self) -> Phrase:
        return Phrase(
            "Drop rows of {split} whose {columns} another split has, but for case and white space"
            if self.normalised
            else "Drop rows of {split} whose {columns} another split has",
            {"split": self.remove_from, "columns": listed(self.columns)},
        )

    def apply(self, parts: Parts) -> dict[str, Part]:
        part = the_split(parts, self.remove_from)
        if len(parts) < 2:
            raise InvalidInput(
                "There is only the split “{name}”: nothing can leak into another.",
                "Remove this step, or open the other split too.",
                name=self.remove_from,
            )
        for other in parts.values():
            other.require(*self.columns)
        groups = same_rows(parts, self.columns, normalised=self.normalised)
        own = groups.pop(self.remove_from)
        others = np.unique(np.concatenate(list(groups.values())))
        return {**parts, self.remove_from: part.keep(~np.isin(own, others[others != ALONE]))}

    def script(self) -> str:
        columns = literal(self.columns)
        name = literal(self.remove_from)
        key = f"key_of(row, {columns}, {self.normalised})"
        return f"""\
elsewhere = {{
    {key}
    for name, rows in splits.items()
    if name != {name}
    for row in rows.select_columns({columns})
}} - {{None}}
splits[{name}] = splits[{name}].filter(
    lambda row: {key} not in elsewhere,
    load_from_cache_file=False,
)
"""
