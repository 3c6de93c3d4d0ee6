"""Filters and orders in words."""

from __future__ import annotations

from components.i18n import _
from loupe.data.view import Filter, Length, Missing, Numbers, Rows, Sort, Values
from loupe.data.view.columns import Column
from loupe.data.view.query import Absence, SortBy, Unit

UNITS: dict[Unit, str] = {"characters": "characters", "words": "words"}
ABSENCES: dict[Absence, str] = {
    "any": "missing, empty or blank",
    "null": "missing",
    "empty": "empty",
    "blank": "only white space",
}
ORDERS: dict[SortBy, str] = {
    "value": "by value",
    "number": "by the number in the text",
    "label": "by name",
    "characters": "by length in characters",
    "words": "by length in words",
}
_VALUES_NAMED = 3


def filter_in_words(chosen: Filter, columns: tuple[Column, ...]) -> str:
    """As a person reads it on a button."""
    if isinstance(chosen, Rows):
        return chosen.name
    if isinstance(chosen, Length):
        return f"{chosen.column}: {_range(chosen.low, chosen.high)} {_(UNITS[chosen.unit])}"
    if isinstance(chosen, Numbers):
        return f"{chosen.column}: {_range(chosen.low, chosen.high)}"
    if isinstance(chosen, Missing):
        absence = _(ABSENCES[chosen.kind])
        return (
            _("{column} is {absence}").format(column=chosen.column, absence=absence)
            if chosen.missing
            else _("{column} is not {absence}").format(column=chosen.column, absence=absence)
        )
    assert isinstance(chosen, Values)
    return f"{chosen.column}: {_values(chosen, columns)}"


def _values(chosen: Values, columns: tuple[Column, ...]) -> str:
    names = next((c.label_names for c in columns if c.name == chosen.column), ())
    shown = [value_in_words(value, names) for value in chosen.values[:_VALUES_NAMED]]
    more = len(chosen.values) - len(shown)
    return ", ".join(shown) + (f" + {more}" if more else "")


def value_in_words(value: object, label_names: tuple[str, ...] = ()) -> str:
    """A class by its name where it has one; texts in quotation marks, for white space's sake."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < len(label_names):
        return f"{label_names[value]} ({value})"
    return f"“{value}”" if isinstance(value, str) else str(value)


def _range(low: float | None, high: float | None) -> str:
    if high is None:
        return f"≥ {low:,}"
    return f"≤ {high:,}" if low is None else f"{low:,}–{high:,}"


def sort_in_words(order: Sort) -> str:
    """As a person reads it on a button."""
    arrow = "↓" if order.descending else "↑"
    return f"{arrow} {order.column}, {_(ORDERS[order.by])}"
