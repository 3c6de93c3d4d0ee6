"""Give columns other names."""

from __future__ import annotations

from typing import Literal

from loupe.data.recipe.part import Part, Parts, Renamed
from loupe.data.recipe.step import Step, listed, literal
from loupe.errors import InvalidInput, Phrase


class RenameColumns(Step):
    """names: old name to new."""

    step: Literal["rename_columns"] = "rename_columns"
    names: dict[str, str]

    def title(self) -> Phrase:
        return Phrase(
            "Rename {old} to {new}",
            {"old": listed(tuple(self.names)), "new": listed(tuple(self.names.values()))},
        )

    def apply(self, parts: Parts) -> dict[str, Part]:
        if not self.names:
            raise InvalidInput("No column is named.", "Name a column and what it is called then.")
        for part in parts.values():
            part.require(*self.names)
            after = [self.names.get(name, name) for name in part.names]
            twice = [name for name in after if after.count(name) > 1]
            if twice:
                raise InvalidInput(
                    "Two columns would be called “{name}”.",
                    "Choose another name, or leave one of them out first.",
                    name=twice[0],
                )
        return {name: part.then(Renamed(self.names)) for name, part in parts.items()}

    def script(self) -> str:
        return f"""\
for name, rows in splits.items():
    splits[name] = rows.rename_columns({literal(self.names)})
"""
