"""The `data:` block of a run.yaml that trains on what the recipe leaves."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st
import yaml

from components.dataset.effects import Effects
from components.dataset.run_data import ask_splits, data_spec, recipe_for_run
from components.dataset.source import UPLOAD, Chosen
from components.i18n import _
from components.inspect import keys
from components.inspect.cleaning.text_file import draw_text_file, written
from components.shell import FINE_TUNE
from loupe.data.opened import OpenedDataset
from loupe.data.recipe.for_run import ForRun
from loupe.data.recipe.recipe import recipe_hash
from loupe.data.spec import DataSpec, Role
from loupe.errors import InvalidInput

_KEY = keys.RECIPE + "_run"


def draw_run_block(
    chosen: Chosen, opened: OpenedDataset, roles: Mapping[Role, str], effects: Effects
) -> None:
    """Raises InvalidInput where the data cannot be trained on as they are."""
    if not roles:
        raise InvalidInput(
            "No column has a role yet.", "Choose above which column is the text, and the others."
        )
    names = ask_splits(list(effects.trace.parts), key=_KEY, share=_("a tenth of the training rows"))
    found = recipe_for_run(opened, effects, names)
    if found is None:
        return
    data = data_spec(opened, roles, names, found.recipe)
    st.page_link(FINE_TUNE.path, label=_("Fine-tune on this"), icon=FINE_TUNE.icon)
    st.text(_("Or put it into a run.yaml in place of its data:"))
    draw_text_file(
        written(("run", data.model_dump_json()), lambda: block(data)),
        "data.yaml",
        language="yaml",
        mime="application/yaml",
        key=f"{_KEY}_download",
    )
    _say(chosen, opened, names, found)


def block(data: DataSpec) -> str:
    """YAML; what is the default is left out, but for the recipe's own fields."""
    said = data.model_dump(mode="json", exclude_defaults=True, exclude={"recipe"})
    if data.recipe.steps:
        said["recipe"] = data.recipe.model_dump(mode="json")
    return str(yaml.safe_dump({"data": said}, sort_keys=False, allow_unicode=True))


def _say(chosen: Chosen, opened: OpenedDataset, names: Mapping[str, str], found: ForRun) -> None:
    if chosen.kind == UPLOAD:
        st.text(_("The uploads lie in Loupe’s own folder: runs on this machine find them there."))
    if found.recipe.steps:
        st.text(_("The run calls this recipe {hash}.").format(hash=recipe_hash(found.recipe)))
    absent = [split.name for split in opened.splits if split.name not in names]
    if absent:
        st.text(_("The run does not read {names}.").format(names=", ".join(absent)))
    if found.named:
        st.text(
            _("Steps that compare with it name the rows to drop one by one: {steps}.").format(
                steps=", ".join(map(str, found.named))
            )
        )
    if found.left_out:
        st.text(
            _("Steps that have nothing to do in the run are left out: {steps}.").format(
                steps=", ".join(map(str, found.left_out))
            )
        )
