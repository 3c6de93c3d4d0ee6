"""The tab "Is it right?": the same by another way, and the largest difference."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.check_verdict import ask_check, draw_verdict
from components.classify import keys
from components.i18n import _
from loupe.engine import ModelKey
from loupe.tasks import text_classification, token_classification, zero_shot_classification


def draw_label_check(key: ModelKey, result: text_classification.TextClassificationResult) -> None:
    """A button, and what it found about the labels."""
    st.caption(
        _(
            "Computes everything again as the textbook does it: the tokenizer’s and the model’s "
            "own call, and softmax or sigmoid in double precision."
        )
    )
    report = ask_check(
        lambda: text_classification.submit_check(resources.pool(), key, result), page=keys.PAGE
    )
    if report is None:
        return
    draw_verdict(report)
    if not report.order_agrees:
        st.text(_("The labels stand in another order, or under other names."))


def draw_own_label_check(key: ModelKey, result: zero_shot_classification.ZeroShotResult) -> None:
    """A button, and what it found about labels of one's own."""
    st.caption(
        _(
            "Computes everything again as the textbook does it: one pair of texts after the other, "
            "without padding, and softmax in double precision."
        )
    )
    report = ask_check(
        lambda: zero_shot_classification.submit_check(resources.pool(), key, result), page=keys.PAGE
    )
    if report is None:
        return
    draw_verdict(report)
    if not report.order_agrees:
        st.text(_("The labels stand in another order."))


def draw_tag_check(key: ModelKey, result: token_classification.TokenClassificationResult) -> None:
    """A button, and what it found about tags and entities."""
    st.caption(
        _(
            "Computes everything again as the textbook does it: the tokenizer’s and the model’s "
            "own call, softmax in double precision, and the entities as seqeval reads them."
        )
    )
    report = ask_check(
        lambda: token_classification.submit_check(resources.pool(), key, result), page=keys.PAGE
    )
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
