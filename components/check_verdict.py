"""A check: its button, and what it found: whether two ways agree, and where they differ most."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

import streamlit as st

from components.error_box import show_error
from components.i18n import _, phrase
from components.waiting import wait_for
from loupe.engine import Ticket
from loupe.errors import LoupeError, Phrase

Found = TypeVar("Found")


class Report(Protocol):
    """What every task's report of a check says."""

    @property
    def compared(self) -> int: ...
    @property
    def largest_difference(self) -> float: ...
    @property
    def where(self) -> Phrase: ...
    @property
    def tolerance(self) -> float: ...
    @property
    def agrees(self) -> bool: ...


def ask_check(submit: Callable[[], Ticket[Found]], *, page: str) -> Found | None:
    """The button, and once it is pressed the report; None before, and where an error is shown.

    page: what the keys begin with.
    """
    key = f"{page}_check"
    if not st.button(_("Check the numbers"), key=key, icon=":material/rule:"):
        return None
    try:
        return wait_for(submit())
    except LoupeError as error:
        show_error(error, key=key)
        return None


def draw_verdict(report: Report) -> None:
    """Draw it; what a task compares besides numbers it says below by itself."""
    icon = ":green[:material/check_circle:]" if report.agrees else ":red[:material/error:]"
    verdict = _("The two ways agree.") if report.agrees else _("The two ways do not agree.")
    st.markdown(f"{icon} **{verdict}**")
    st.text(
        _(
            "{count} numbers compared. Largest difference: {difference}, at {where}. "
            "Rounding explains up to {tolerance}."
        ).format(
            count=report.compared,
            difference=f"{report.largest_difference:.1e}",
            where=phrase(report.where),
            tolerance=f"{report.tolerance:.0e}",
        )
    )
