"""A recipe from a file, in place of the one that is there."""

from __future__ import annotations

import streamlit as st

from components.dataset import recipe_state
from components.error_box import show_error
from components.i18n import _
from components.inspect import keys
from loupe.data.opened import OpenedDataset
from loupe.data.recipe.recipe import Recipe, from_yaml, recipe_hash
from loupe.errors import InvalidInput, LoupeError

_KEY = keys.RECIPE + "_load"
_MOST_MB = 10


def draw_loading(opened: OpenedDataset) -> None:
    """What is there now comes back by Undo."""
    with st.expander(_("Load a recipe"), icon=":material/upload_file:", key=f"{_KEY}_box"):
        given = st.file_uploader(
            _("A recipe.yaml"),
            type=["yaml", "yml"],
            key=_KEY,
            max_upload_size=_MOST_MB,
        )
        if given is None:
            return
        try:
            recipe = read_recipe(given.getvalue())
        except LoupeError as error:
            show_error(error, key=_KEY)
            return
        st.text(
            _("Recipe {hash}: {count} steps.").format(
                hash=recipe_hash(recipe), count=len(recipe.steps)
            )
        )
        st.button(
            _("Use it in place of the steps above"),
            key=f"{_KEY}_use",
            icon=":material/check:",
            disabled=recipe == recipe_state.recipe(opened.fingerprint),
            on_click=recipe_state.change,
            args=(opened.fingerprint, recipe),
        )


def read_recipe(data: bytes) -> Recipe:
    """Raises InvalidInput that names the step and the field."""
    try:
        return from_yaml(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidInput(
            "The file is no text in UTF-8.",
            "Choose a recipe that Loupe wrote.",
            detail=str(error),
        ) from error
