"""What a person asks to see of one split, as a value: a search, filters that all hold, an order."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from loupe.errors import InvalidInput

SEARCH_CHARACTERS_MAX = 1000

Mode = Literal["substring", "word", "regex"]
Unit = Literal["characters", "words"]
Absence = Literal["any", "null", "empty", "blank"]
SortBy = Literal["value", "number", "label", "characters", "words"]
Scalar = bool | int | float | str


class _Part(BaseModel):
    # strict: 1, 1.0, "1" and true are four different values, in a link too.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Search(_Part):
    """A text to find.

    What is written is what is found: nothing is normalised, white space counts, "é" written as one
    code point does not find "e" with a combining accent.
    mode: substring; word: not right after or before a letter, digit, mark or underscore of any
        script (scripts without spaces have no such words: use substring); regex: RE2 syntax, which
        has no look-around and no back-references, and therefore always ends in linear time.
    case: whether upper and lower case differ. Where not, code points are folded one by one, alike
        for all languages: É finds é, Σ finds σ and ς, ẞ finds ß (but "ss" does not); I finds i as
        in English, so that the Turkish İ and ı each find only themselves.
    columns: names; none: all columns that hold text.
    Source: RE2's syntax, https://github.com/google/re2/wiki/Syntax
    """

    text: str
    mode: Mode = "substring"
    case: bool = False
    columns: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _can_be_looked_for(self) -> Self:
        if not self.text:
            raise InvalidInput("There is nothing to search for.", "Type a text.")
        if len(self.text) > SEARCH_CHARACTERS_MAX:
            raise InvalidInput(
                "The text to search for has {count} characters.",
                "Search for at most {limit}.",
                count=len(self.text),
                limit=SEARCH_CHARACTERS_MAX,
            )
        _refuse_surrogates(self.text)
        return self


class Length(_Part):
    """Rows whose text in `column` has low to high characters (code points) or words, both included.

    Words are what white space parts; of a list of texts they are its items. Missing texts have no
    length and never pass.
    """

    filter: Literal["length"] = "length"
    column: str
    unit: Unit = "characters"
    low: int = 0
    high: int | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        _refuse_empty_range(self.low, self.high)
        return self


class Numbers(_Part):
    """Rows whose number in `column` lies between low and high, both included."""

    filter: Literal["numbers"] = "numbers"
    column: str
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        _refuse_empty_range(self.low, self.high)
        return self


class Values(_Part):
    """Rows whose value in `column` is one of these, as stored: class ids, not their names.

    inside=False: rows that have a value, and another one. Of a list: rows where any item is one of
    them, or with inside=False none.
    """

    filter: Literal["values"] = "values"
    column: str
    values: tuple[Scalar, ...]
    inside: bool = True

    @model_validator(mode="after")
    def _can_be_looked_for(self) -> Self:
        for value in self.values:
            if isinstance(value, str):
                _refuse_surrogates(value)
        return self


class Missing(_Part):
    """Rows that have nothing in `column`, or with missing=False those that have something.

    kind: null; empty: "" or a list without items; blank: white space alone; any of them.
    """

    filter: Literal["missing"] = "missing"
    column: str
    missing: bool = True
    kind: Absence = "any"


class Rows(_Part):
    """Rows that something else found, such as a check. digest: of their ids, see `digest_of`."""

    filter: Literal["rows"] = "rows"
    name: str
    digest: str


Filter = Length | Numbers | Values | Missing | Rows


class Sort(_Part):
    """An order; equal rows stay as they are in the file, rows without a value come last.

    by: value (texts by code point), number (of texts that hold numbers), label (classes by their
    names), characters, words.
    """

    column: str
    by: SortBy = "value"
    descending: bool = False


class ViewQuery(_Part):
    """Hashable, and plain JSON both ways. Empty, it asks for all rows in the file's order."""

    schema_version: Literal[1] = 1
    search: Search | None = None
    filters: tuple[Annotated[Filter, Field(discriminator="filter")], ...] = ()
    sort: Sort | None = None

    def to_dict(self) -> dict[str, Any]:
        """For a link or a file: strings, numbers, lists and dicts."""
        return self.model_dump(mode="json")

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> ViewQuery:
        """What `to_dict` gave. Raises InvalidInput: of another version, damaged, made by hand."""
        import json

        try:
            # By way of JSON: only there are lists tuples.
            return cls.model_validate_json(json.dumps(plain))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            raise InvalidInput(
                "This link does not describe a view: {place}: {fault}.",
                "Open the data again and choose what to see.",
                place=".".join(str(part) for part in first["loc"]) or "it",
                fault=first["msg"],
            ) from error
        except (TypeError, ValueError) as error:
            raise InvalidInput(
                "This link does not describe a view.",
                "Open the data again and choose what to see.",
                detail=str(error),
            ) from error


def _refuse_surrogates(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidInput(
            "The text holds half of a character (at {place}), which no file in UTF-8 can hold.",
            "Type it again instead of pasting it.",
            place=error.start + 1,
        ) from error


def _refuse_empty_range(low: float | None, high: float | None) -> None:
    if low is not None and high is not None and not math.isnan(low) and low > high:
        raise InvalidInput(
            "Nothing lies between {low} and {high}.",
            "Put the smaller number first.",
            low=low,
            high=high,
        )
