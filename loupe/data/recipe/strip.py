"""Take white space from both ends."""

from __future__ import annotations

from typing import Literal

from loupe.data.recipe.cells import stripped
from loupe.data.recipe.part import Cells, Part, Parts
from loupe.data.recipe.step import Columns, Step, listed, map_lines
from loupe.errors import Phrase


class Strip(Step):
    """Take white space from both ends of the texts in `columns`, of each item of a list."""

    step: Literal["strip"] = "strip"
    columns: Columns

    def title(self) -> Phrase:
        return Phrase("Strip white space from {columns}", {"columns": listed(self.columns)})

    @property
    def changed_columns(self) -> tuple[str, ...]:
        return self.columns

    def apply(self, parts: Parts) -> dict[str, Part]:
        for part in parts.values():
            part.require(*self.columns)
        changes = [Cells(column, stripped) for column in self.columns]
        return {name: part.then(*changes) for name, part in parts.items()}

    def script(self) -> str:
        return "".join(map_lines(column, "stripped({value})") for column in self.columns)
