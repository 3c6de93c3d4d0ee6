"""Give the values of a column other values."""

from __future__ import annotations

from functools import partial
from typing import Literal

import pyarrow as pa

from loupe.data.recipe.cells import mapped
from loupe.data.recipe.part import Cells, Part, Parts
from loupe.data.recipe.step import Step, literal
from loupe.errors import InvalidInput, Phrase


class MapColumn(Step):
    """Replace values of `column`, each item of a list; what the mapping does not name stays.

    Values are compared as text: 1 is "1". The column becomes text, so that no row has another type
    than the next.
    """

    step: Literal["map_column"] = "map_column"
    column: str
    values: dict[str, str]

    def title(self) -> Phrase:
        return Phrase(
            "Replace {count} values of “{column}”",
            {"count": len(self.values), "column": self.column},
        )

    @property
    def changed_columns(self) -> tuple[str, ...]:
        return (self.column,)

    def apply(self, parts: Parts) -> dict[str, Part]:
        return replaced(parts, self.column, self.values)

    def script(self) -> str:
        return replace_lines(self.column, self.values)


def replaced(parts: Parts, column: str, mapping: dict[str, str]) -> dict[str, Part]:
    """All splits with other values. Raises InvalidInput for a mapping that changes nothing."""
    if not mapping:
        raise InvalidInput("The mapping is empty.", "Name a value and what it becomes.")
    after = {}
    found = False
    for name, part in parts.items():
        part.require(column)
        kind = part.types[column]
        is_list = pa.types.is_list(kind) or pa.types.is_large_list(kind)
        function = partial(mapped, mapping=mapping)
        if pa.types.is_nested(kind.value_type if is_list else kind):
            raise InvalidInput(
                "The column “{column}” holds {kind}.",
                "Choose a column of texts, numbers or lists of them.",
                column=column,
                kind=str(kind),
            )
        found = found or any(_names_any(value, mapping) for value in part.column(column))
        text = pa.list_(pa.string()) if is_list else pa.string()
        after[name] = part.then(Cells(column, function, text))
    if not found:
        raise InvalidInput(
            "No row has one of the values {values} in “{column}”.",
            "Check how they are written: case and white space count.",
            column=column,
            values=", ".join(f"“{value}”" for value in mapping),
        )
    return after


def replace_lines(column: str, mapping: dict[str, str]) -> str:
    """The same as a script."""
    name = literal(column)
    return f"""\
mapping = {literal(mapping)}
for name, rows in splits.items():
    is_list = isinstance(rows.features[{name}], List)
    kind = List(Value("string")) if is_list else Value("string")
    splits[name] = rows.map(
        lambda row: {{{name}: mapped(row[{name}], mapping)}},
        features=Features({{**rows.features, {name}: kind}}),
        load_from_cache_file=False,
    )
"""


def _names_any(value: object, mapping: dict[str, str]) -> bool:
    if isinstance(value, list):
        return any(_names_any(item, mapping) for item in value)
    return value is not None and str(value) in mapping
