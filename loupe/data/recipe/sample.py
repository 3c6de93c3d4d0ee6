"""Keep so many rows, drawn by a seed."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from loupe.data.recipe.cells import drawn
from loupe.data.recipe.part import Part, Parts
from loupe.data.recipe.step import Step, literal, the_split
from loupe.errors import Phrase


class Sample(Step):
    """Keep at most `rows` rows of one split, in order.

    seed: of the draw. balance_by: a column whose values get equal shares, as far as they have rows.
    """

    step: Literal["sample"] = "sample"
    rows: Annotated[int, Field(ge=1)]
    seed: int = 0
    split: str = "train"
    balance_by: str | None = None

    def title(self) -> Phrase:
        return Phrase(
            "Keep {rows:,} rows of {split}"
            if self.balance_by is None
            else "Keep {rows:,} rows of {split}, balanced by “{column}”",
            {"rows": self.rows, "split": self.split, "column": self.balance_by},
        )

    def apply(self, parts: Parts) -> dict[str, Part]:
        part = the_split(parts, self.split)
        if self.balance_by is None:
            labels: list[object] = [None] * len(part)
        else:
            part.require(self.balance_by)
            labels = list(part.column(self.balance_by))
        mask = np.zeros(len(part), np.bool_)
        mask[drawn(labels, self.rows, self.seed)] = True
        return {**parts, self.split: part.keep(mask)}

    def script(self) -> str:
        name = literal(self.split)
        labels = "[None] * len(rows)"
        if self.balance_by is not None:
            labels = f"list(rows[{literal(self.balance_by)}])"
        return f"""\
rows = splits[{name}]
splits[{name}] = rows.select(drawn({labels}, {self.rows}, seed={self.seed}))
"""
