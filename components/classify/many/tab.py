"""The tab from top to bottom: what is given, then progress, or the table."""

from __future__ import annotations

import json
from typing import Any

import streamlit as st

from components import resources
from components.classify import keys, work
from components.classify.ask import own_labels
from components.classify.given import given_by
from components.classify.many.ask import Given, ask_many
from components.classify.many.entities import draw_entities_of_many
from components.classify.many.labels import draw_labels_of_many
from components.classify.many.own_labels import as_labels
from components.classify.modes import CLASSIFY, TAG, ZERO_SHOT, Mode
from components.classify.own_given import given_of_own
from components.classify.zero_shot import query_of
from components.i18n import _
from loupe.engine import ModelKey, Ticket
from loupe.tasks import text_classification, token_classification, zero_shot_classification


def draw_many(mode: Mode, key: ModelKey) -> None:
    """Everything about the texts of this mode."""
    given = ask_many(_limit(mode))
    place = keys.many(mode)
    asked = work.held(place)
    asked_for = st.button(
        _("Tag the texts") if mode is TAG else _("Classify the texts"),
        key=f"{place}_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=given is None or (asked is not None and asked.is_running),
    )
    # Not as a callback, which has the arguments of the run before: a text that was typed last would
    # be missing.
    if asked_for and given is not None:
        work.start(place, key, given, lambda one: _submit(mode, key, one))
        st.rerun()
    work.show_failure(place)
    if asked is None:
        return
    said = _("{done} of {total} pairs") if mode is ZERO_SHOT else _("{done} of {total} texts")
    result = work.answer_of(place, asked, said)
    if result is None:
        return
    if asked.key.ref != key.ref:
        st.text(_("This was read by {name}.").format(name=asked.key.ref.label))
    if asked.asked.file:
        st.text(_("From {file}").format(file=asked.asked.file))
    if mode is TAG:
        draw_entities_of_many(asked, result)
        return
    if mode is CLASSIFY:
        labels, labels_given = result, given_by(asked.key.ref, result.labels, result.meaning)
    else:
        labels, labels_given = as_labels(result), given_of_own(asked.key.ref, result.query.asked)
    draw_labels_of_many(
        asked.asked,
        labels,
        labels_given,
        lambda: json.dumps(result.to_dict(), ensure_ascii=False),
    )


def _limit(mode: Mode) -> int:
    """How many texts are read at once; of labels of one's own the fewer, the more of them."""
    if mode is ZERO_SHOT:
        return zero_shot_classification.MAX_PAIRS // max(1, len(own_labels()))
    return text_classification.MAX_TEXTS if mode is CLASSIFY else token_classification.MAX_TEXTS


def _submit(mode: Mode, key: ModelKey, given: Given) -> Ticket[Any]:
    pool = resources.pool()
    if mode is CLASSIFY:
        query = text_classification.BatchQuery(given.texts)
        return text_classification.submit_batch(pool, key, query)
    if mode is TAG:
        words = token_classification.BatchQuery(given.texts)
        return token_classification.submit_batch(pool, key, words)
    # The labels and the sentence as the page has them; a question wants a text.
    first = next((text for text in given.texts if text.strip()), "")
    own = zero_shot_classification.BatchQuery(given.texts, query_of(first))
    return zero_shot_classification.submit_batch(pool, key, own)
