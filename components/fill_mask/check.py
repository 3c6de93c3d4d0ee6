"""The tab "Is it right?": the same by another way, and the largest difference."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.check_verdict import ask_check, draw_verdict
from components.fill_mask import keys
from components.i18n import _
from loupe.engine import ModelKey
from loupe.tasks import fill_mask


def draw_check(key: ModelKey, result: fill_mask.FillMaskResult) -> None:
    """A button, and what it found."""
    st.caption(
        _(
            "Computes everything again without Loupe’s short cuts: the model’s own forward over "
            "all positions, one text at a time, softmax and entropy in double precision."
        )
    )
    report = ask_check(
        lambda: fill_mask.submit_check(resources.pool(), key, result), page=keys.PAGE
    )
    if report is not None:
        draw_verdict(report)
