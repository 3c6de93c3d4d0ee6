"""The tab "Is it right?": the same by another way, and the largest difference."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.error_box import show_error
from components.fill_mask import keys
from components.i18n import _, phrase
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.errors import LoupeError
from loupe.tasks import fill_mask


def draw_check(key: ModelKey, result: fill_mask.FillMaskResult) -> None:
    """A button, and what it found."""
    st.caption(
        _(
            "Computes everything again without Loupe’s short cuts: the model’s own forward over "
            "all positions, one text at a time, softmax and entropy in double precision."
        )
    )
    if not st.button(_("Check the numbers"), key=f"{keys.PAGE}_check", icon=":material/rule:"):
        return
    try:
        report = wait_for(fill_mask.submit_check(resources.pool(), key, result))
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_check")
        return
    icon = ":green[:material/check_circle:]" if report.agrees else ":red[:material/error:]"
    verdict = _("The two ways agree.") if report.agrees else _("The two ways do not agree.")
    st.markdown(f"{icon} **{verdict}**")
    st.text(
        _(
            "{count} numbers compared. Largest difference: {difference} nats, at {where}. "
            "Rounding explains up to {tolerance}."
        ).format(
            count=report.compared,
            difference=f"{report.largest_difference:.1e}",
            where=phrase(report.where),
            tolerance=f"{report.tolerance:.0e}",
        )
    )
