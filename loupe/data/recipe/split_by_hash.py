"""Part one split in two, so that equal texts stand on one side."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from loupe.data.recipe.cells import held_out
from loupe.data.recipe.part import Part, Parts
from loupe.data.recipe.step import Step, literal, the_split
from loupe.errors import InvalidInput, Phrase


class SplitByHash(Step):
    """Move about `share` of the distinct texts of `column` from one split to a new one.

    Decided by a hash of each text, case and white space aside: the rule of `loupe.data.split`.
    """

    step: Literal["split_by_hash"] = "split_by_hash"
    column: str
    share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.1
    split: str = "train"
    into: str = "validation"

    def title(self) -> Phrase:
        return Phrase(
            "Move {share:.0%} of {split} to {into}, by a hash of “{column}”",
            {"share": self.share, "split": self.split, "into": self.into, "column": self.column},
        )

    def apply(self, parts: Parts) -> dict[str, Part]:
        part = the_split(parts, self.split)
        part.require(self.column)
        if self.into in parts:
            raise InvalidInput(
                "There is a split “{name}” already.", "Choose another name.", name=self.into
            )
        try:
            mask = np.array(held_out(list(part.column(self.column)), self.share), np.bool_)
        except ValueError as error:
            raise InvalidInput(
                "All {count} rows of {split} have the same “{column}”: nothing can be moved.",
                "Choose another column, or more rows.",
                count=len(part),
                split=self.split,
                column=self.column,
            ) from error
        return {**parts, self.split: part.keep(~mask), self.into: part.keep(mask)}

    def script(self) -> str:
        name = literal(self.split)
        return f"""\
rows = splits[{name}]
moved = held_out(list(rows[{literal(self.column)}]), {self.share})
splits[{name}] = rows.select([i for i, move in enumerate(moved) if not move])
splits[{literal(self.into)}] = rows.select([i for i, move in enumerate(moved) if move])
"""
