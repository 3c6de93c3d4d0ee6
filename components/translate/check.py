"""The tab "Is it right?": the same by another way, and the largest difference."""

from __future__ import annotations

import streamlit as st

from components.check_verdict import draw_verdict
from components.error_box import show_error
from components.i18n import _
from components.translate import answers, keys
from loupe.engine import ModelKey
from loupe.errors import LoupeError


def draw_check(key: ModelKey, result: answers.Result) -> None:
    """A button, and what it found."""
    st.caption(
        _(
            "What is shown comes from one forward over source and output. This computes every "
            "token by itself, from what stands before it only, with softmax and ranks in double "
            "precision."
        )
    )
    if not st.button(_("Check the numbers"), key=f"{keys.PAGE}_check", icon=":material/rule:"):
        return
    try:
        report = answers.check(key, result)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_check")
        return
    draw_verdict(report)
    if not report.order_agrees:
        st.text(_("Some rank is another one."))
    if not report.text_agrees:
        st.text(_("The tokens say another text."))
