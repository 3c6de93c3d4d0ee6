"""Drop the rows whose value in one column is empty, too short, too long, unwanted..."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from loupe.data.recipe.cells import as_text, contains, is_empty, length_of
from loupe.data.recipe.part import Part, Parts
from loupe.data.recipe.step import Step, listed, literal
from loupe.errors import InvalidInput, Phrase

Unit = Literal["characters", "words"]


class _Condition(BaseModel):
    """A frozen condition on one value; `other` is the row's value in a second column."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def phrase(self) -> Phrase:
        raise NotImplementedError

    def call(self, value: str, other: str) -> str:
        """As an expression of Python on two others."""
        raise NotImplementedError

    def holds(self, value: Any, other: Any) -> bool:
        raise NotImplementedError


class Empty(_Condition):
    """Missing, not a number, or white space alone."""

    kind: Literal["empty"] = "empty"

    def phrase(self) -> Phrase:
        return Phrase("is missing or empty")

    def call(self, value: str, other: str) -> str:
        return f"is_empty({value})"

    def holds(self, value: Any, other: Any) -> bool:
        return is_empty(value)


class Shorter(_Condition):
    """Fewer than `length` code points or words."""

    kind: Literal["shorter_than"] = "shorter_than"
    length: Annotated[int, Field(ge=1)]
    unit: Unit = "characters"

    def phrase(self) -> Phrase:
        return Phrase("is shorter than {length} {unit}", {"length": self.length, "unit": self.unit})

    def call(self, value: str, other: str) -> str:
        return f"length_of({value}, {literal(self.unit)}) < {self.length}"

    def holds(self, value: Any, other: Any) -> bool:
        return length_of(value, self.unit) < self.length


class Longer(_Condition):
    """More than `length` code points or words."""

    kind: Literal["longer_than"] = "longer_than"
    length: Annotated[int, Field(ge=0)]
    unit: Unit = "characters"

    def phrase(self) -> Phrase:
        return Phrase("is longer than {length} {unit}", {"length": self.length, "unit": self.unit})

    def call(self, value: str, other: str) -> str:
        return f"length_of({value}, {literal(self.unit)}) > {self.length}"

    def holds(self, value: Any, other: Any) -> bool:
        return length_of(value, self.unit) > self.length


class OneOf(_Condition):
    """One of these values, compared as text: 1 is "1"."""

    kind: Literal["one_of"] = "one_of"
    values: Annotated[tuple[str, ...], Field(min_length=1)]

    def phrase(self) -> Phrase:
        return Phrase("is one of {values}", {"values": listed(self.values)})

    def call(self, value: str, other: str) -> str:
        return f"as_text({value}) in {literal(self.values)}"

    def holds(self, value: Any, other: Any) -> bool:
        return as_text(value) in self.values


class Matches(_Condition):
    """Holds a text, or a match of a regular expression of Python's `re`."""

    kind: Literal["matches"] = "matches"
    text: Annotated[str, Field(min_length=1)]
    regex: bool = False
    case: bool = True

    def phrase(self) -> Phrase:
        return Phrase("holds “{text}”", {"text": self.text})

    def call(self, value: str, other: str) -> str:
        return f"contains({value}, {literal(self.text)}, regex={self.regex}, case={self.case})"

    def holds(self, value: Any, other: Any) -> bool:
        return contains(value, self.text, self.regex, self.case)


class SameAs(_Condition):
    """Equal to the row's value in another column, as text."""

    kind: Literal["same_as"] = "same_as"
    column: str

    def phrase(self) -> Phrase:
        return Phrase("is the same as “{other}”", {"other": self.column})

    def call(self, value: str, other: str) -> str:
        return f"as_text({value}) == as_text({other})"

    def holds(self, value: Any, other: Any) -> bool:
        return as_text(value) == as_text(other)


Condition = Annotated[
    Empty | Shorter | Longer | OneOf | Matches | SameAs, Field(discriminator="kind")
]


class DropRows(Step):
    """Drop the rows whose value in `column` meets a condition; splits: only in these, () all."""

    step: Literal["drop_rows"] = "drop_rows"
    column: str
    where: Condition
    splits: tuple[str, ...] = ()

    def title(self) -> Phrase:
        return Phrase(
            "Drop rows where “{column}” {condition}",
            {"column": self.column, "condition": self.where.phrase()},
        )

    @property
    def _columns(self) -> tuple[str, ...]:
        other = self.where.column if isinstance(self.where, SameAs) else self.column
        return (self.column, other)

    def apply(self, parts: Parts) -> dict[str, Part]:
        self._check_pattern()
        after = dict(parts)
        for name, part in parts.items():
            if self.splits and name not in self.splits:
                continue
            part.require(*self._columns)
            kept = (not self.where.holds(*values) for values in part.values(self._columns))
            after[name] = part.keep(np.fromiter(kept, np.bool_, len(part)))
        return after

    def _check_pattern(self) -> None:
        if not (isinstance(self.where, Matches) and self.where.regex):
            return
        try:
            re.compile(self.where.text)
        except re.error as error:
            raise InvalidInput(
                "“{pattern}” is not a regular expression: {fault}.",
                "Correct it, or search for it as plain text.",
                pattern=self.where.text,
                fault=str(error),
            ) from error

    def script(self) -> str:
        value, other = (f"row[{literal(column)}]" for column in self._columns)
        chosen = f"    if name not in {literal(self.splits)}:\n        continue\n"
        return f"""\
for name, rows in splits.items():
{chosen if self.splits else ""}\
    splits[name] = rows.filter(
        lambda row: not ({self.where.call(value, other)}),
        load_from_cache_file=False,
    )
"""
