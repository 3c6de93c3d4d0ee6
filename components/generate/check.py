"""The tab "Is it right?": the same by another way, and the largest difference."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.error_box import show_error
from components.generate import keys
from components.i18n import _, phrase
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.errors import LoupeError
from loupe.sampling import Sampling
from loupe.tasks import text_generation
from loupe.tasks.text_generation import Sample
from loupe.tasks.text_generation.check import SAMPLED_AT_MOST


def draw_check(key: ModelKey, sample: Sample, sampling: Sampling) -> None:
    """A button, and what it found."""
    st.caption(
        _(
            "Computes every score again as the textbook does it: one pass over the whole text, "
            "softmax in double precision; and, for up to {count} tokens, what sampling makes of it "
            "by transformers’ own generate."
        ).format(count=SAMPLED_AT_MOST)
    )
    if not st.button(_("Check the numbers"), key=f"{keys.PAGE}_check", icon=":material/rule:"):
        return
    try:
        report = wait_for(text_generation.submit_check(resources.pool(), key, sample, sampling))
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_check")
        return
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
    if not report.order_agrees:
        st.text(_("Some token has a rank that the other way does not give it."))
