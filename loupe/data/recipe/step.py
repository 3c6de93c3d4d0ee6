"""What all steps of a recipe have in common."""

from __future__ import annotations

import json
from abc import abstractmethod
from collections.abc import Sequence
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from loupe.data.recipe.part import Part, Parts
from loupe.errors import InvalidInput, Phrase

Columns = Annotated[tuple[str, ...], Field(min_length=1)]


class Step(BaseModel):
    """One change to a dataset.

    enabled: a step that is switched off stays in its place and does nothing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    enabled: bool = True

    @abstractmethod
    def title(self) -> Phrase:
        """What it does, in words."""

    @abstractmethod
    def apply(self, parts: Parts) -> dict[str, Part]:
        """The splits after it, by name. Raises InvalidInput where it does not fit them."""

    @abstractmethod
    def script(self) -> str:
        """The same as lines of Python on `splits`, name to `datasets.Dataset`; see script.py."""

    @property
    def changed_columns(self) -> tuple[str, ...]:
        """The columns whose values it may change."""
        return ()


def literal(value: object) -> str:
    """As Python and its formatters write it: texts in double quotes."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    return repr(value)


def listed(columns: Sequence[str]) -> str:
    """Names in quotation marks, for a message."""
    return ", ".join(f"“{column}”" for column in columns)


def the_split(parts: Parts, name: str) -> Part:
    """Raise InvalidInput where there is no such split."""
    if name not in parts:
        raise InvalidInput(
            "There is no split “{name}”.",
            "Choose one of: {names}.",
            name=name,
            names=listed(list(parts)),
        )
    return parts[name]


def map_lines(column: str, call: str) -> str:
    """Script lines that give a column the value of an expression of `{value}`, in all splits."""
    name = literal(column)
    return f"""\
for name, rows in splits.items():
    splits[name] = rows.map(
        lambda row: {{{name}: {call.format(value=f"row[{name}]")}}},
        features=rows.features,
        load_from_cache_file=False,
    )
"""
