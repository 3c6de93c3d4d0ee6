"""What a check found: whether the two ways agree, and where they differ most."""

from __future__ import annotations

from typing import Protocol

import streamlit as st

from components.i18n import _, phrase
from loupe.errors import Phrase


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
