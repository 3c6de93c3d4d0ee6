"""What becomes of the columns that have a role when a recipe renames or leaves out columns."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from components.dataset.effects import Effects
from components.dataset.lens import ROLE_NAMES
from components.i18n import _
from loupe.data.spec import Role


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
