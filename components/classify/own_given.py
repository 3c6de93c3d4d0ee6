"""Which of one's own labels are given: those from the slider on, where each is judged by itself."""

from __future__ import annotations

import streamlit as st

from components.classify import keys
from components.classify.given import USUAL, Given
from components.classify.labels import draw_bars
from components.classify.modes import ZERO_SHOT
from components.figures.label_bars import LabelBar
from components.i18n import _
from loupe.checkpoints.ref import CheckpointRef
from loupe.tasks.zero_shot_classification import ZeroShotQuery, ZeroShotResult


def given_of_own(ref: CheckpointRef, asked: ZeroShotQuery) -> Given:
    """What holds for this checkpoint. asked: labels, and whether each is judged by itself."""
    if not asked.each:
        return Given(asked.labels, None)
    threshold = float(st.session_state.get(_slider(ref), USUAL))
    return Given(asked.labels, (threshold,) * len(asked.labels))


def given_names(ref: CheckpointRef, result: ZeroShotResult) -> str:
    """The labels that the text gets, in words."""
    probs = {entry.label: entry.prob for entry in result.labels}
    given = given_of_own(ref, result.query)
    places = given.of(tuple(probs[label] for label in given.labels))
    return ", ".join(f"“{given.labels[i]}”" for i in places) or _("no label")


def draw_own_given(ref: CheckpointRef, result: ZeroShotResult) -> None:
    """The tab "From which probability on?": the slider, what it gives, and where it stands."""
    if result.query.each:
        _draw_slider(ref, result)
    else:
        st.text(
            _(
                "The labels share 100 %: the most probable one is given, and no threshold parts "
                "them. Whether each fits by itself is a switch under “{question}”."
            ).format(question=_(ZERO_SHOT.tabs["asked"]))
        )
    st.caption(
        _(
            "How good labels of your own are is not counted here: the names in labelled data "
            "seldom say what they mean, and the model goes by nothing else. A table under "
            "“{question}” keeps its own columns in the file, so the right labels stand beside "
            "what was given."
        ).format(question=_(ZERO_SHOT.tabs["many"]))
    )


def _draw_slider(ref: CheckpointRef, result: ZeroShotResult) -> None:
    key = _slider(ref)
    st.session_state.setdefault(key, USUAL)
    threshold = st.slider(
        _("A label is given from this probability (model) on"),
        0.0,
        1.0,
        step=0.001,
        format="%.3f",
        key=key,
        persist_state="session",
    )
    st.text(_("Given: {labels}").format(labels=given_names(ref, result)))
    bars = tuple(LabelBar(entry.label, entry.prob, entry.log_prob) for entry in result.labels)
    draw_bars(bars, True, key=f"{keys.PAGE}_own_given_bars", line=threshold)


def _slider(ref: CheckpointRef) -> str:
    """Not that of the checkpoint's own labels."""
    return f"{keys.THRESHOLD}_own_{ref}"
