"""Write the tags of entities as BIO."""

from __future__ import annotations

from typing import Literal

import pyarrow as pa

from loupe.data.recipe.cells import repaired_tags
from loupe.data.recipe.part import Cells, Part, Parts
from loupe.data.recipe.step import Step, map_lines
from loupe.errors import InvalidInput, Phrase


class RepairBio(Step):
    """Begin every entity of `column` with B-; write the signs of BIOES and BILOU as B and I.

    An I- that continues nothing, or an entity of another type, becomes B-.
    """

    step: Literal["repair_bio"] = "repair_bio"
    column: str

    def title(self) -> Phrase:
        return Phrase("Begin every entity of “{column}” with B-", {"column": self.column})

    @property
    def changed_columns(self) -> tuple[str, ...]:
        return (self.column,)

    def apply(self, parts: Parts) -> dict[str, Part]:
        for part in parts.values():
            part.require(self.column)
            kind = part.types[self.column]
            is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
            if not is_list or not _is_text(kind.value_type):
                raise InvalidInput(
                    "The column “{column}” holds {kind} instead of lists of tags.",
                    "Choose the column of tags.",
                    column=self.column,
                    kind=str(kind),
                )
        change = Cells(self.column, repaired_tags)
        return {name: part.then(change) for name, part in parts.items()}

    def script(self) -> str:
        return map_lines(self.column, "repaired_tags({value})")


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))
