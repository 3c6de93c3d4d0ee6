"""One box of the form, with what is wrong with it and whether a person has changed it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from components.fine_tune import keys
from components.fine_tune.fields import FIELDS, Field, Kind
from components.fine_tune.notes import Notes
from components.fine_tune.values import baseline_value, is_changed, show
from components.i18n import _
from loupe.training.trackers import available_trackers

_WHOLE_NUMBERS = (
    Kind.INTEGER,
    Kind.OPTIONAL_INTEGER,
    Kind.AUTO_INTEGER,
    Kind.UNLIMITED,
)
_WIDE = (Kind.LINES, Kind.WORDS, Kind.OPTIONAL_WORDS, Kind.TRACKERS)


def draw_fields(fields: Sequence[Field], notes: Notes, *, columns: int) -> None:
    """In rows of so many; what needs the width has it."""
    row: list[Field] = []
    for field in fields:
        if field.kind in _WIDE:
            _draw_row(row, notes, columns)
            row = []
            draw_field(field, notes)
            continue
        row.append(field)
        if len(row) == columns:
            _draw_row(row, notes, columns)
            row = []
    _draw_row(row, notes, columns)


def _draw_row(fields: Sequence[Field], notes: Notes, columns: int) -> None:
    if fields:
        for place, field in zip(st.columns(columns), fields, strict=False):
            with place:
                draw_field(field, notes)


def draw_field(field: Field, notes: Notes) -> None:
    """The box, and below it what is to be said of it."""
    _draw_box(field)
    if is_changed(field.path):
        usual = in_words(field, baseline_value(field.path))
        st.caption(_("changed; was {value}").format(value=usual))
    notes.draw(field.path)


def _draw_box(field: Field) -> None:
    label, key, help_ = _(field.label), keys.field(field.path), _help(field)
    placeholder = _(field.placeholder) if field.placeholder else None
    if field.kind in _WHOLE_NUMBERS:
        st.number_input(
            label,
            value=None,
            step=1,
            key=key,
            help=help_,
            placeholder=placeholder,
            persist_state="session",
        )
    elif field.kind in (Kind.NUMBER, Kind.OPTIONAL_NUMBER):
        st.number_input(
            label,
            value=None,
            step=_step(field),
            format="%g",
            key=key,
            help=help_,
            placeholder=placeholder,
            persist_state="session",
        )
    elif field.kind is Kind.SWITCH:
        st.checkbox(label, key=key, help=help_, persist_state="session")
    elif field.kind is Kind.CHOICE:
        options = field.options or {}
        st.selectbox(
            label,
            list(options),
            key=key,
            format_func=lambda name: _(options[name]) if options.get(name) else str(name),
            help=help_,
            persist_state="session",
        )
    elif field.kind is Kind.WEIGHTS:
        st.selectbox(
            label,
            list(field.options or {}),
            index=None,
            key=key,
            accept_new_options=True,
            placeholder=placeholder,
            help=help_,
            persist_state="session",
        )
    elif field.kind is Kind.TRACKERS:
        st.multiselect(
            label,
            _trackers(key),
            key=key,
            placeholder=placeholder,
            help=help_,
            persist_state="session",
        )
    elif field.kind is Kind.LINES:
        st.text_area(label, key=key, placeholder=placeholder, help=help_, persist_state="session")
    else:
        st.text_input(label, key=key, placeholder=placeholder, help=help_, persist_state="session")


def _step(field: Field) -> float:
    """By how much the buttons of a number change it."""
    return {"args.num_train_epochs": 1.0, "args.learning_rate": 1e-5}.get(field.path, 0.01)


def _trackers(key: str) -> list[str]:
    """Also one of a run from elsewhere that is not here: it is chosen, and said to be wrong."""
    return sorted({*available_trackers(), *(st.session_state.get(key) or ())})


def _help(field: Field) -> str:
    said = _("In run.yaml: {path}").format(path=field.path)
    return f"{_(field.help)} {said}" if field.help else said


def in_words(field: Field, value: Any) -> str:
    """A value as its box shows it."""
    shown = show(field, value)
    if shown is None or shown in ("", []):
        return _(field.placeholder) if field.placeholder else "—"
    if field.kind is Kind.SWITCH:
        return _("on") if shown else _("off")
    if field.options is not None and field.options.get(shown):
        return _(field.options[shown])
    return f"{shown:g}" if isinstance(shown, float) else str(shown)


def label_of(path: str) -> str:
    """A field's name in this session's language."""
    return _(FIELDS[path].label) if path in FIELDS else path
