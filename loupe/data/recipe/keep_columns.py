"""Leave columns out."""

from __future__ import annotations

from typing import Literal

from loupe.data.recipe.part import Kept, Part, Parts
from loupe.data.recipe.step import Columns, Step, listed, literal
from loupe.errors import Phrase


class KeepColumns(Step):
    """Keep these columns and no other, in the order in which they stand in the file."""

    step: Literal["keep_columns"] = "keep_columns"
    columns: Columns

    def title(self) -> Phrase:
        return Phrase("Keep the columns {columns}", {"columns": listed(self.columns)})

    def apply(self, parts: Parts) -> dict[str, Part]:
        for part in parts.values():
            part.require(*self.columns)
        return {name: part.then(Kept(self.columns)) for name, part in parts.items()}

    def script(self) -> str:
        return f"""\
for name, rows in splits.items():
    kept = [column for column in rows.column_names if column in {literal(self.columns)}]
    splits[name] = rows.select_columns(kept)
"""
