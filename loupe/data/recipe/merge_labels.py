"""Write labels that mean one class in one way."""

from __future__ import annotations

from typing import Literal

from loupe.data.recipe.map_column import replace_lines, replaced
from loupe.data.recipe.part import Part, Parts
from loupe.data.recipe.step import Step, listed
from loupe.errors import Phrase


class MergeLabels(Step):
    """Give labels of `column` other names; several may get one. labels: old name to new."""

    step: Literal["merge_labels"] = "merge_labels"
    column: str
    labels: dict[str, str]

    def title(self) -> Phrase:
        return Phrase(
            "Merge the labels {old} into {new}",
            {
                "old": listed(tuple(self.labels)),
                "new": listed(tuple(dict.fromkeys(self.labels.values()))),
            },
        )

    @property
    def changed_columns(self) -> tuple[str, ...]:
        return (self.column,)

    def apply(self, parts: Parts) -> dict[str, Part]:
        return replaced(parts, self.column, self.labels)

    def script(self) -> str:
        return replace_lines(self.column, self.labels)
