"""A form that adds a step of any kind; what was typed stays until the step is right."""

from __future__ import annotations

import streamlit as st
from pydantic import TypeAdapter, ValidationError

from components.dataset import recipe_state
from components.dataset.effects import Effects
from components.dataset.lens import Lens
from components.error_box import show_error
from components.i18n import _
from components.inspect import keys
from components.inspect.cleaning.fields import Form
from components.inspect.cleaning.forms import FORMS
from loupe.data.opened import OpenedDataset, Split
from loupe.data.recipe.part import Part
from loupe.data.recipe.recipe import AnyStep
from loupe.errors import InvalidInput, LoupeError

_KEY = keys.RECIPE
_ANY_STEP: TypeAdapter[AnyStep] = TypeAdapter(AnyStep)


def draw_adding(opened: OpenedDataset, split: Split, lens: Lens, effects: Effects | None) -> None:
    """The form knows the columns and splits that the steps so far leave."""
    st.subheader(_("Add a step"), anchor=False)
    kind = st.selectbox(
        _("What the step does"),
        list(FORMS),
        index=None,
        key=f"{_KEY}_kind",
        placeholder=_("Choose what to do"),
        format_func=lambda name: _(FORMS[name].title),
        persist_state="session",
    )
    if kind is None:
        return
    parts = (
        effects.trace.parts
        if effects is not None
        else {one.name: Part.of(one.name, one.dataset) for one in opened.splits}
    )
    # A form whose step was added is another form the next time: its fields are empty again.
    added = st.session_state.get(f"{_KEY}_added", 0)
    known = {} if effects is None else effects.known
    form = Form(f"{_KEY}_{kind}_{added}", parts, split, opened, lens, known)
    with st.container(border=True, key=f"{_KEY}_form"):
        st.text(_(FORMS[kind].explanation))
        try:
            read = FORMS[kind].draw(form)
            if not st.button(_("Add the step"), key=f"{_KEY}_add", icon=":material/add:"):
                return
            step = step_of(kind, read())
        except LoupeError as error:
            show_error(error, key=f"{_KEY}_form")
            return
    recipe_state.add(opened.fingerprint, step)
    st.session_state[f"{_KEY}_added"] = added + 1
    st.rerun()


def step_of(kind: str, values: dict[str, object]) -> AnyStep:
    """The step with these fields. Raises InvalidInput."""
    try:
        return _ANY_STEP.validate_python({"step": kind, **values})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise InvalidInput(
            "The step cannot be made of this: {fault}.",
            "Correct the field “{field}”.",
            fault=first["msg"].removeprefix("Value error, "),
            field=".".join(str(part) for part in first["loc"][1:]) or kind,
            detail=str(error),
        ) from error
