"""What becomes of the columns that have a role when a recipe renames or leaves out columns."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components.i18n import _
from components.inspect.effects import Effects
from components.inspect.lens import ROLE_NAMES
from loupe.data.recipe.recipe import Recipe
from loupe.data.spec import Role


def roles_after(roles: Mapping[Role, str], recipe: Recipe) -> dict[Role, str]:
    """Role to column by the names that the recipe leaves; also of columns that it leaves out."""
    found = dict(roles)
    for step in recipe.steps:
        if step.enabled and step.step == "rename_columns":
            found = {role: step.names.get(name, name) for role, name in found.items()}
    return found


def say_what_roles_become(
    before: Mapping[Role, str], after: Mapping[Role, str], effects: Effects
) -> None:
    """A warning for each role without a column, a word on each that was renamed."""
    for role, column in after.items():
        gone = [name for name, part in effects.trace.parts.items() if column not in part.names]
        if gone:
            _say(
                ":orange[:material/warning:]",
                _("After the recipe there is no column “{column}”: {role} has none.").format(
                    column=column, role=_(ROLE_NAMES[role])
                ),
            )
        elif column != before[role]:
            _say(
                ":blue[:material/info:]",
                _("After the recipe {role} is the column “{column}”.").format(
                    column=column, role=_(ROLE_NAMES[role])
                ),
            )


def _say(icon: str, text: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(icon, width="content")
        st.text(text)
