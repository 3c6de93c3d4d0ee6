"""The columns of a table: by name, and what can be asked of each.

Names are people's and may be anything: they never reach a query's text. Inside of one, columns are
named by position.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa
from datasets import ClassLabel, Features, List

from loupe.errors import InvalidInput


class Kind(StrEnum):
    """What a column holds, as far as a question to it depends on that."""

    TEXT = "text"
    TEXTS = "list of texts"
    LABEL = "label"  # ids of named classes
    LABELS = "list of labels"
    NUMBER = "number"
    BOOL = "true or false"
    TIME = "date or time"
    NESTED = "nested"
    OTHER = "other"


SEARCHED = (Kind.TEXT, Kind.TEXTS, Kind.NESTED)
MEASURED = (Kind.TEXT, Kind.TEXTS)  # have a length


@dataclass(frozen=True, slots=True)
class Column:
    """position: in its table. label_names: of the classes 0, 1, ..., where kind is LABEL(S)."""

    name: str
    position: int
    kind: Kind
    type: pa.DataType
    label_names: tuple[str, ...] = ()


def columns_of(schema: pa.Schema) -> tuple[Column, ...]:
    """All columns in order; two may have the same name."""
    classes = _classes(schema)
    found = []
    for i, field in enumerate(schema):
        names = classes.get(field.name, ())
        found.append(Column(field.name, i, _kind(field.type, named=bool(names)), field.type, names))
    return tuple(found)


def column_named(schema: pa.Schema, name: str) -> Column:
    """Raises InvalidInput where it is not there, or there twice."""
    found = [column for column in columns_of(schema) if column.name == name]
    if len(found) == 1:
        return found[0]
    if found:
        raise InvalidInput(
            "{count} columns are named “{column}”.",
            "Give them different names in the file.",
            count=len(found),
            column=name,
        )
    raise InvalidInput(
        "There is no column “{column}”.",
        "Choose one of: {names}.",
        column=name,
        names=", ".join(f"“{field.name}”" for field in schema) or "none",
    )


def wrong_kind(column: Column, asked: str, schema: pa.Schema, kinds: tuple[Kind, ...]) -> Exception:
    """What to raise where a question does not fit a column."""
    fitting = [f"“{other.name}”" for other in columns_of(schema) if other.kind in kinds]
    return InvalidInput(
        "The column “{column}” holds {kind}: {asked} does not apply to it.",
        "Choose one of: {names}." if fitting else "No column of this data fits.",
        column=column.name,
        kind=str(column.type),
        asked=asked,
        names=", ".join(fitting),
    )


def is_text(kind: pa.DataType) -> bool:
    """Views of strings are none: Arrow can neither measure nor compare them, and no file has them
    that `datasets` wrote.
    """
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def is_list(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)
    )


def _kind(kind: pa.DataType, *, named: bool) -> Kind:
    if is_text(kind):
        return Kind.TEXT
    if is_list(kind):
        if is_text(kind.value_type):
            return Kind.TEXTS
        return Kind.LABELS if named else Kind.NESTED
    if named:
        return Kind.LABEL
    if pa.types.is_boolean(kind):
        return Kind.BOOL
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return Kind.NUMBER
    if pa.types.is_temporal(kind) and not pa.types.is_interval(kind):
        return Kind.TIME
    if pa.types.is_nested(kind):
        return Kind.NESTED
    return Kind.OTHER


def _classes(schema: pa.Schema) -> dict[str, tuple[str, ...]]:
    """Class names by column, as `datasets` writes them into the file's metadata."""
    if not (schema.metadata and b"huggingface" in schema.metadata):
        return {}
    try:
        features = Features.from_arrow_schema(schema)
    except (ValueError, KeyError, TypeError):
        # Written by another version: the columns are there all the same, without their names.
        return {}
    found = {}
    for name, feature in features.items():
        inner = feature.feature if isinstance(feature, List) else feature
        if isinstance(inner, ClassLabel) and inner.names:
            found[name] = tuple(inner.names)
    return found
