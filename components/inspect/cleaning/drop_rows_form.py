"""The form of the step that drops rows by one column's value."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.i18n import _
from components.inspect.cleaning.fields import Form, need
from components.inspect.cleaning.typed import read_values
from components.inspect.wording import UNITS
from loupe.data.spec import Role
from loupe.errors import InvalidInput

Values = dict[str, object]

CONDITIONS = {
    "empty": "is missing or empty",
    "shorter_than": "is shorter than",
    "longer_than": "is longer than",
    "one_of": "is one of",
    "matches": "holds",
    "same_as": "is the same as another column",
}


def draw_drop_rows(form: Form) -> Callable[[], Values]:
    """The fields; what reads them raises InvalidInput."""
    column = form.column(_("Drop rows whose"), Role.TEXT, Role.SOURCE, Role.TOKENS)
    kind: str = st.selectbox(
        _("value"),
        list(CONDITIONS),
        key=f"{form.key}_condition",
        format_func=lambda name: _(CONDITIONS[name]),
        persist_state="session",
    )
    condition = _draw_condition(form, kind)
    splits = st.multiselect(
        _("Only in these splits"),
        list(form.parts),
        key=f"{form.key}_splits",
        placeholder=_("in all"),
        persist_state="session",
    )

    def read() -> Values:
        where = {"kind": kind, **condition()}
        return {"column": need(column), "where": where, "splits": tuple(splits)}

    return read


def _draw_condition(form: Form, kind: str) -> Callable[[], Values]:
    if kind in ("shorter_than", "longer_than"):
        length = form.number(_("Length"), kind, 3, least=1)
        unit = form.choice(_("Counted in"), UNITS, "unit")
        return lambda: {"length": length, "unit": unit}
    if kind == "one_of":
        typed = form.text(
            _("Values, parted by |"),
            "values",
            help=_("Write white space that counts in quotation marks."),
        )
        return lambda: {"values": read_values(typed)}
    if kind == "matches":
        text = form.text(_("Text"), "text")
        regex = form.check(_("It is a regular expression"), "regex")
        case = form.check(_("Upper and lower case differ"), "case", value=True)

        def read() -> Values:
            if not text:
                raise InvalidInput("No text was typed.", "Type what the rows hold.")
            return {"text": text, "regex": regex, "case": case}

        return read
    if kind == "same_as":
        other = form.column(_("Other column"), Role.TARGET, name="other")
        return lambda: {"column": need(other)}
    return dict
