"""One click for what rows nearly always need before they train: steps of the session's recipe."""

from __future__ import annotations

import streamlit as st

from components.awaited import awaited
from components.dataset import recipe_state
from components.dataset.lens import Lens
from components.fine_tune import keys
from components.i18n import _
from loupe.data.checks import Finding, run_checks
from loupe.data.opened import OpenedDataset
from loupe.engine import Ticket

# Those that end a run, or make its numbers worthless; what else is wrong is a person's to judge.
CHECKS = (
    "leaks",
    "normalised_leaks",
    "alias_labels",
    "missing_labels",
    "empty_texts",
    "invalid_bio",
)
_ASKED = keys.PAGE + "_mend"


def draw_mending(opened: OpenedDataset, lens: Lens, *, is_needed: bool) -> None:
    """The button, and the work that it begins. is_needed: nothing can start before."""
    asked = (opened.fingerprint, lens.id, tuple(sorted(lens.roles.items())))
    if st.session_state.get(_ASKED) != asked:
        st.button(
            _("Mend the rows"),
            key=f"{_ASKED}_button",
            type="primary" if is_needed else "secondary",
            icon=":material/healing:",
            help=_(
                "Leaves out rows without a label or a text and those that both splits have, writes "
                "labels in one way. It makes a recipe; Inspect a dataset shows and undoes it."
            ),
            on_click=_ask,
            args=(asked,),
        )
        return

    def look(ticket: Ticket[list[Finding]]) -> list[Finding]:
        return run_checks(
            {split.name: split.dataset for split in opened.splits},
            lens.roles,
            only=CHECKS,
            progress=ticket.report,
            cancelled=ticket.cancelled.is_set,
        )

    found = awaited(f"{_ASKED}_work", asked, look, lambda _progress: _("Looking at all rows…"))
    if found is None:
        return
    steps = [finding.fix for finding in found if finding.fix is not None]
    new = [step for step in steps if recipe_state.place_of(opened.fingerprint, step) is None]
    if not new:
        st.text(_("No step of a recipe mends this: see Inspect a dataset."))
        return
    st.session_state.pop(_ASKED)
    for step in new:
        recipe_state.add(opened.fingerprint, step)
    st.session_state[keys.WITH_RECIPE] = True
    st.rerun()


def _ask(asked: object) -> None:
    st.session_state[_ASKED] = asked
