"""Labels of one's own: how well each fits, and what the model was asked about it."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import resources
from components.classify import keys
from components.classify.ask import own_labels
from components.classify.labels import draw_bars
from components.classify.modes import ZERO_SHOT
from components.figures.label_bars import LabelBar
from components.i18n import _
from components.numbers import percent
from components.plain_label import plain_label
from components.quoted import quoted
from loupe.checkpoints.ref import CheckpointRef
from loupe.tasks.zero_shot_classification import (
    DEFAULT_TEMPLATE,
    PLACE,
    TASK,
    ZeroShotQuery,
    ZeroShotResult,
)


def usual_checkpoint() -> CheckpointRef:
    """One of the catalogue's that is on this machine already, else the smallest of them."""
    known = {entry.ref for entry in resources.catalogue() if TASK in entry.tasks}
    offered = resources.offered(ZERO_SHOT.task, ZERO_SHOT.auto_class)
    here = (offer.ref for offer in offered if offer.is_here and offer.ref in known)
    return next(here, ZERO_SHOT.checkpoint)


def say_none_is_bundled() -> None:
    """Where the checkpoint is not here: which kind is needed, and the ways to one."""
    st.text(
        _(
            "This needs a checkpoint that was trained to tell whether one sentence follows from "
            "another (natural language inference, NLI). Loupe brings none: download the one below, "
            "choose another in the box, or name a folder with one of your own."
        )
    )


def query_of(text: str) -> ZeroShotQuery:
    """The question as the page asks it. Raises InvalidInput and EmptyText."""
    template = st.session_state.get(keys.TEMPLATE)
    return ZeroShotQuery(
        text,
        own_labels(),
        DEFAULT_TEMPLATE if template is None else str(template),
        bool(st.session_state.get(keys.SEVERAL, False)),
    )


def draw_own_labels(result: ZeroShotResult, given: str) -> None:
    """The answer in words, what the numbers mean, and the bars. given: the labels, in words."""
    best = result.labels[0]
    parts = [
        _("best label {label}, {prob}").format(label=quoted(best.label), prob=percent(best.prob)),
        _("each by itself: the probabilities (model) do not sum to 100 %")
        if result.query.each
        else _("one of these: the probabilities (model) sum to 100 %"),
    ]
    if result.query.each:
        parts.append(_("given: {labels}").format(labels=given))
    st.text(" · ".join(parts))
    entries = tuple(LabelBar(entry.label, entry.prob, entry.log_prob) for entry in result.labels)
    draw_bars(entries, result.query.each, key=f"{keys.PAGE}_own_bars")
    if not result.query.each:
        st.caption(
            _(
                "One of them is the best even where none fits. Whether each fits by itself is a "
                "switch under “{question}”."
            ).format(question=_(ZERO_SHOT.tabs["asked"]))
        )


def draw_asked(result: ZeroShotResult | None) -> None:
    """How the question is put, and what the model said of each sentence."""
    st.session_state.setdefault(keys.TEMPLATE, DEFAULT_TEMPLATE)
    st.session_state.setdefault(keys.SEVERAL, False)
    st.text_input(
        _("Sentence"),
        key=keys.TEMPLATE,
        help=_("Each label takes the place of {place}.").format(place=f"`{PLACE}`"),
        persist_state="session",
    )
    st.toggle(
        _("Each label may be right by itself"),
        key=keys.SEVERAL,
        help=_(
            "Entailment against contradiction, label by label; else the labels share 100 % by "
            "their entailment."
        ),
        persist_state="session",
    )
    if result is None:
        return
    st.dataframe(
        asked_table(result),
        hide_index=True,
        key=f"{keys.PAGE}_asked",
        column_config={
            "hypothesis": _("Does the text say this?"),
            **{str(i): name for i, name in enumerate(result.model_labels)},
            "prob": _("the label’s probability"),
        },
    )
    st.caption(
        _(
            "What the model says of the text and each sentence (model); each row’s first numbers "
            "sum to 100 %. “{entailment}” is compared with “{contradiction}” where each label is "
            "judged by itself."
        ).format(
            entailment=plain_label(result.model_labels[result.entailment_id]),
            contradiction=plain_label(result.model_labels[result.contradiction_id]),
        )
    )


def asked_table(result: ZeroShotResult) -> pd.DataFrame:
    """One row a label, the most probable first."""
    return pd.DataFrame(
        [
            {
                "hypothesis": entry.hypothesis,
                **{str(i): percent(prob) for i, prob in enumerate(entry.label_probs)},
                "prob": percent(entry.prob),
            }
            for entry in result.labels
        ]
    )
