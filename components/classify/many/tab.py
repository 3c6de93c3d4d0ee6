"""The tab from top to bottom: what is given, then progress, or the table."""

from __future__ import annotations

from typing import Any

import streamlit as st

from components import resources
from components.classify import keys, work
from components.classify.many.ask import Given, ask_many
from components.classify.many.entities import draw_entities_of_many
from components.classify.many.labels import draw_labels_of_many
from components.classify.modes import CLASSIFY, Mode
from components.i18n import _
from loupe.engine import ModelKey, Ticket
from loupe.tasks import text_classification, token_classification


def draw_many(mode: Mode, key: ModelKey) -> None:
    """Everything about the texts of this mode."""
    is_labels = mode is CLASSIFY
    limit = (text_classification if is_labels else token_classification).MAX_TEXTS
    given = ask_many(limit)
    place = keys.many(mode)
    asked = work.held(place)
    asked_for = st.button(
        _("Classify the texts") if is_labels else _("Tag the texts"),
        key=f"{place}_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=given is None or (asked is not None and asked.is_running),
    )
    # Not as a callback, which has the arguments of the run before: a text that was typed last would
    # be missing.
    if asked_for and given is not None:
        _start(mode, key, given)
        st.rerun()
    work.show_failure(place)
    if asked is None:
        return
    result = work.answer_of(place, asked, _("{done} of {total} texts"))
    if result is None:
        return
    if asked.key.ref != key.ref:
        st.text(_("This was read by {name}.").format(name=asked.key.ref.label))
    if asked.asked.file:
        st.text(_("From {file}").format(file=asked.asked.file))
    if is_labels:
        draw_labels_of_many(asked, result)
    else:
        draw_entities_of_many(asked, result)


def _start(mode: Mode, key: ModelKey, given: Given) -> None:
    def submit(asked: Given) -> Ticket[Any]:
        pool = resources.pool()
        if mode is CLASSIFY:
            query = text_classification.BatchQuery(asked.texts)
            return text_classification.submit_batch(pool, key, query)
        return token_classification.submit_batch(
            pool, key, token_classification.BatchQuery(asked.texts)
        )

    work.start(keys.many(mode), key, given, submit)
