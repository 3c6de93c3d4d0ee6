"""Write texts in one Unicode form, with single spaces, in lower case."""

from __future__ import annotations

from functools import partial
from typing import Literal

from loupe.data.recipe.cells import normalised
from loupe.data.recipe.part import Cells, Part, Parts
from loupe.data.recipe.step import Columns, Step, listed, literal, map_lines
from loupe.errors import Phrase


class Normalise(Step):
    """Write the texts in `columns` in one way, each item of a list.

    form: NFC composes letters and their accents; NFKC also replaces ligatures, full-width letters
    and the like; None leaves them. white_space: any run of it becomes one space, none stays at the
    ends. lower: lower case. Source: Unicode Standard Annex 15.
    """

    step: Literal["normalise"] = "normalise"
    columns: Columns
    form: Literal["NFC", "NFKC"] | None = "NFC"
    white_space: bool = True
    lower: bool = False

    def title(self) -> Phrase:
        return Phrase("Normalise {columns}", {"columns": listed(self.columns)})

    @property
    def changed_columns(self) -> tuple[str, ...]:
        return self.columns

    def apply(self, parts: Parts) -> dict[str, Part]:
        for part in parts.values():
            part.require(*self.columns)
        function = partial(
            normalised, form=self.form, white_space=self.white_space, lower=self.lower
        )
        changes = [Cells(column, function) for column in self.columns]
        return {name: part.then(*changes) for name, part in parts.items()}

    def script(self) -> str:
        form = literal(self.form) if self.form else "None"
        call = f"normalised({{value}}, {form}, white_space={self.white_space}, lower={self.lower})"
        return "".join(map_lines(column, call) for column in self.columns)
