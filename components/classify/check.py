"""The tab "Is it right?": the same by another way, and the largest difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from components import resources
from components.check_verdict import draw_verdict
from components.classify import keys
from components.error_box import show_error
from components.i18n import _
from components.waiting import wait_for
from loupe.engine import ModelKey, Ticket
from loupe.errors import LoupeError
from loupe.tasks import text_classification, token_classification

Report = TypeVar("Report", text_classification.CheckReport, token_classification.CheckReport)


def draw_label_check(key: ModelKey, result: text_classification.TextClassificationResult) -> None:
    """A button, and what it found about the labels."""
    st.caption(
        _(
            "Computes everything again as the textbook does it: the tokenizer’s and the model’s "
            "own call, and softmax or sigmoid in double precision."
        )
    )
    report = _ask(lambda: text_classification.submit_check(resources.pool(), key, result))
    if report is None:
        return
    draw_verdict(report)
    if not report.order_agrees:
        st.text(_("The labels stand in another order, or under other names."))


def draw_tag_check(key: ModelKey, result: token_classification.TokenClassificationResult) -> None:
    """A button, and what it found about tags and entities."""
    st.caption(
        _(
            "Computes everything again as the textbook does it: the tokenizer’s and the model’s "
            "own call, softmax in double precision, and the entities as seqeval reads them."
        )
    )
    report = _ask(lambda: token_classification.submit_check(resources.pool(), key, result))
    if report is None:
        return
    draw_verdict(report)
    if not report.tags_agree:
        st.text(_("Some word has a tag that is not its most probable one."))
    if report.entities_agree:
        st.text(_("seqeval reads the same entities from the tags."))
    elif report.entities_agree is None:
        st.text(_("seqeval cannot read labels without B- and I-, so entities were not compared."))
    else:
        st.text(_("seqeval reads other entities from the tags."))


def _ask(submit: Callable[[], Ticket[Report]]) -> Report | None:
    if not st.button(_("Check the numbers"), key=f"{keys.PAGE}_check", icon=":material/rule:"):
        return None
    try:
        return wait_for(submit())
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_check")
        return None
