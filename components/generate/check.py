"""The tab "Is it right?": the same by another way, and the largest difference."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.check_verdict import draw_verdict
from components.error_box import show_error
from components.generate import keys
from components.i18n import _
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
    draw_verdict(report)
    if not report.order_agrees:
        st.text(_("Some token has a rank that the other way does not give it."))
