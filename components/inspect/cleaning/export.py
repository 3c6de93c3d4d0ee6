"""The recipe to be kept and used elsewhere: as YAML, as a script, for a run, as cleaned files."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components import resources
from components.dataset import recipe_state
from components.dataset.effects import Effects
from components.dataset.source import Chosen
from components.error_box import show_error
from components.i18n import _
from components.inspect import keys
from components.inspect.cleaning.cleaned_files import draw_cleaned_files
from components.inspect.cleaning.run_block import draw_run_block
from components.inspect.cleaning.text_file import draw_text_file, written
from loupe.data.opened import OpenedDataset
from loupe.data.paths import resolve
from loupe.data.recipe.recipe import recipe_hash, to_yaml
from loupe.data.recipe.script import to_python
from loupe.data.spec import Role, Source
from loupe.errors import LoupeError

_KEY = keys.RECIPE + "_export"
WAYS = {
    "yaml": "Recipe (YAML)",
    "script": "Script (Python)",
    "run": "For a run",
    "files": "Cleaned files",
}


def draw_export(
    chosen: Chosen, opened: OpenedDataset, roles: Mapping[Role, str], effects: Effects | None
) -> None:
    """roles: by the names that the recipe leaves. effects: None while they are computed."""
    recipe = recipe_state.recipe(opened.fingerprint)
    st.subheader(_("Use it"), anchor=False)
    st.session_state.setdefault(_KEY, "yaml")
    way = st.segmented_control(
        _("As what"),
        list(WAYS),
        key=_KEY,
        required=True,
        format_func=lambda name: _(WAYS[name]),
        label_visibility="collapsed",
        persist_state="session",
    )
    st.caption(_("Recipe {hash}").format(hash=recipe_hash(recipe)))
    said = recipe.model_dump_json()
    if way == "yaml":
        st.text(_("All steps, to be loaded here again or kept with the data:"))
        draw_text_file(
            written(("yaml", said), lambda: to_yaml(recipe)),
            "recipe.yaml",
            language="yaml",
            mime="application/yaml",
            key=f"{_KEY}_yaml",
        )
        return
    if effects is None:
        return
    if effects.faults:
        st.text(_("Mend or switch off the steps that do not fit first."))
        return
    try:
        if way == "script":
            st.text(_("A plain script that needs only datasets, and gives the same rows:"))
            draw_text_file(
                written(
                    ("python", opened.fingerprint, said),
                    lambda: to_python(recipe, _files(opened)),
                ),
                "clean.py",
                language="python",
                mime="text/x-python",
                key=f"{_KEY}_python",
            )
        elif way == "run":
            draw_run_block(chosen, opened, roles, effects)
        else:
            draw_cleaned_files(opened, effects)
    except LoupeError as error:
        show_error(error, key=_KEY)


def _files(opened: OpenedDataset) -> dict[str, list[Source]]:
    """Where the script finds them: by their whole paths."""
    places = resources.places()
    roots = places.data_roots
    found = {}
    for split in opened.splits:
        found[split.name] = [
            source.model_copy(
                update={"path": str(resolve(source, roots=roots, samples=resources.SAMPLES))}
            )
            for source in split.sources
        ]
    return found
