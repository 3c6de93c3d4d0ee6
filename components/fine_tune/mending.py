"""One click for what rows nearly always need before they train: steps of the session's recipe."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.awaited import awaited
from components.dataset import recipe_state
from components.dataset.lens import Lens
from components.dataset.recipe_state import History
from components.fine_tune import keys
from components.i18n import _
from loupe.data.checks import Finding, run_checks
from loupe.data.opened import OpenedDataset
from loupe.data.recipe.recipe import AnyStep
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
    asked = _asked(opened, lens)
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

    found = _found(opened, lens)
    if found is None:
        return
    new = _new_steps(opened, found)
    if not new:
        st.text(_("No step of a recipe mends this: see Inspect a dataset."))
        return
    st.session_state.pop(_ASKED)
    _add(opened, new)
    st.rerun()


def mend_unasked(opened: OpenedDataset, lens: Lens) -> bool:
    """For a sample, whose faults are there on purpose: what opens with it is ready to start.

    One for which somebody has had a recipe stays as it is. False while the rows are looked at.
    """
    if recipe_state.history(opened.fingerprint) != History():
        return True
    found = _found(opened, lens)
    if found is None:
        return False
    _add(opened, _new_steps(opened, found))
    return True


def _found(opened: OpenedDataset, lens: Lens) -> list[Finding] | None:
    """What is wrong with the rows; None while they are looked at, which is drawn."""

    def look(ticket: Ticket[list[Finding]]) -> list[Finding]:
        return run_checks(
            {split.name: split.dataset for split in opened.splits},
            lens.roles,
            only=CHECKS,
            progress=ticket.report,
            cancelled=ticket.cancelled.is_set,
        )

    asked = _asked(opened, lens)
    return awaited(f"{_ASKED}_work", asked, look, lambda _progress: _("Looking at all rows…"))


def _new_steps(opened: OpenedDataset, found: Sequence[Finding]) -> list[AnyStep]:
    steps = [finding.fix for finding in found if finding.fix is not None]
    return [step for step in steps if recipe_state.place_of(opened.fingerprint, step) is None]


def _add(opened: OpenedDataset, steps: Sequence[AnyStep]) -> None:
    for step in steps:
        recipe_state.add(opened.fingerprint, step)
    if steps:
        st.session_state[keys.WITH_RECIPE] = True


def _asked(opened: OpenedDataset, lens: Lens) -> tuple[object, ...]:
    return (opened.fingerprint, lens.id, tuple(sorted(lens.roles.items())))


def _ask(asked: object) -> None:
    st.session_state[_ASKED] = asked
