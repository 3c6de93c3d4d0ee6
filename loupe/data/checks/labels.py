"""The labels of a row, however they are written."""

from __future__ import annotations

from typing import Any

from loupe.data.recipe.cells import is_empty


def labels_of(value: Any) -> list[str]:
    """Each label as text; a row may have several, or none."""
    if isinstance(value, list):
        return [label for item in value for label in labels_of(item)]
    return [] if is_empty(value) else [str(value)]


def is_out_of_range(value: Any) -> bool:
    """Whether a label is a number that no class has: below zero, or a fraction."""
    if isinstance(value, list):
        return any(is_out_of_range(item) for item in value)
    if isinstance(value, str):
        return value.startswith("-") and value[1:].isdecimal()
    if isinstance(value, float):
        return value == value and (value < 0 or not value.is_integer())
    return isinstance(value, int) and value < 0
