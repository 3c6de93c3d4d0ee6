"""The tab "What do I change?": the recipe, step by step, with what each step does."""

from __future__ import annotations

import streamlit as st

from components.dataset import recipe_state
from components.dataset.effects import effects_of
from components.dataset.lens import Lens
from components.dataset.run_data import roles_after
from components.dataset.source import Chosen
from components.i18n import _
from components.inspect import keys
from components.inspect.cleaning.adding import draw_adding
from components.inspect.cleaning.export import draw_export
from components.inspect.cleaning.loading import draw_loading
from components.inspect.cleaning.roles import say_what_roles_become
from components.inspect.cleaning.steps import draw_steps
from loupe.data.opened import OpenedDataset, Split

_KEY = keys.RECIPE

__all__ = ["draw_cleaning"]


def draw_cleaning(chosen: Chosen, opened: OpenedDataset, split: Split, lens: Lens) -> None:
    """The steps are drawn at once; what they do, when it is known."""
    _draw_head(opened)
    place = st.container()
    effects = effects_of(opened, lens)
    with place:
        draw_steps(opened, effects)
    roles = roles_after(lens.roles, recipe_state.recipe(opened.fingerprint))
    if effects is not None:
        say_what_roles_become(lens.roles, roles, effects)
    draw_adding(opened, split, lens, effects)
    if recipe_state.recipe(opened.fingerprint).steps:
        draw_export(chosen, opened, roles, effects)
    draw_loading(opened)


def _draw_head(opened: OpenedDataset) -> None:
    held = recipe_state.history(opened.fingerprint)
    st.caption(
        _("A recipe changes no file. Each step marks rows or rewrites values on the way to a run.")
    )
    if not (held.past or held.future):
        return
    with st.container(horizontal=True):
        st.button(
            _("Undo"),
            key=f"{_KEY}_undo",
            icon=":material/undo:",
            disabled=not held.past,
            on_click=recipe_state.undo,
            args=(opened.fingerprint,),
        )
        st.button(
            _("Redo"),
            key=f"{_KEY}_redo",
            icon=":material/redo:",
            disabled=not held.future,
            on_click=recipe_state.redo,
            args=(opened.fingerprint,),
        )
