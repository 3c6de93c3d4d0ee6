"""The page Classify and tag, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.classify import keys, link
from components.classify.ask import ask_texts, pick_mode
from components.classify.check import draw_label_check, draw_own_label_check, draw_tag_check
from components.classify.comparison import compare_labels, compare_tags
from components.classify.entities import draw_entities, draw_tagged_text
from components.classify.given import draw_given, given_by, say_given
from components.classify.joined import draw_joined
from components.classify.judged.tab import draw_judged
from components.classify.keep import draw_keep_labels, draw_keep_own_labels, draw_keep_tags
from components.classify.labels import draw_labels
from components.classify.many.tab import draw_many
from components.classify.modes import CLASSIFY, TAG, ZERO_SHOT, Mode
from components.classify.own_given import draw_own_given, given_names
from components.classify.words import draw_words
from components.classify.zero_shot import (
    draw_asked,
    draw_own_labels,
    query_of,
    say_none_is_bundled,
    usual_checkpoint,
)
from components.code_panel import draw_code
from components.error_box import show_error
from components.hardware_panel import model_key
from components.i18n import _
from components.question_tabs import draw_tabs
from components.waiting import wait_for
from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine import ModelKey
from loupe.engine.encoding import MAX_CHARACTERS
from loupe.errors import InvalidInput, LoupeError, TextTooLong
from loupe.snippets import (
    text_classification_script,
    token_classification_script,
    zero_shot_script,
)
from loupe.tasks import text_classification, token_classification, zero_shot_classification

Draw = dict[str, Callable[[], object]]


def draw_page() -> None:
    """Everything below the title is drawn anew on each run; only what changed is computed."""
    link.apply()
    st.title(_("Classify and tag"))
    st.markdown(_("See how well every label fits a text, or what a tagger finds in it."))
    mode = pick_mode()
    usual = usual_checkpoint() if mode is ZERO_SHOT else mode.checkpoint
    ref = pick_checkpoint(mode.task, mode.auto_class, key=keys.checkpoint(mode), default=usual)
    text, pair = ask_texts(mode)
    if ref is None:
        return
    if mode is ZERO_SHOT and _is_elsewhere(ref):
        say_none_is_bundled()
    if not is_usable(ref, key=keys.checkpoint(mode)):
        return
    key = model_key(ref, mode.auto_class)
    answer = {CLASSIFY.id: _classify, ZERO_SHOT.id: _by_own_labels, TAG.id: _tag}[mode.id]
    try:
        drawn = answer(key, text, pair)
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        if isinstance(error, TextTooLong) and max(len(text), len(pair)) <= MAX_CHARACTERS:
            st.button(
                _("Keep the beginning, as much as fits"),
                key=f"{keys.PAGE}_shorten",
                on_click=_shorten,
                args=(mode, key, text, pair),
            )
        # What is wrong with the one text does not stand in the way of others.
        if isinstance(error, InvalidInput):
            _draw_without_answer(mode, key)
        return
    draw_tabs(mode.tabs, {**drawn, **_without_answer(mode, key)}, key=keys.tabs(mode))


def _is_elsewhere(ref: CheckpointRef) -> bool:
    return ref.kind is Kind.HUB and find_cached(ref, resources.places().hub_cache) is None


def _without_answer(mode: Mode, key: ModelKey) -> Draw:
    """The tabs that ask for texts of their own."""
    if mode is ZERO_SHOT:
        return {"many": lambda: draw_many(mode, key)}
    return {"many": lambda: draw_many(mode, key), "good": lambda: draw_judged(mode, key)}


def _draw_without_answer(mode: Mode, key: ModelKey) -> None:
    """Of labels of one's own: how they are asked about, which may be what is wrong."""
    drawn = _without_answer(mode, key)
    if mode is ZERO_SHOT:
        drawn = {"asked": lambda: draw_asked(None), **drawn}
    questions = {name: mode.tabs[name] for name in drawn}
    draw_tabs(questions, drawn, key=keys.tabs_without_answer(mode))


def _classify(key: ModelKey, text: str, pair: str) -> Draw:
    query = text_classification.TextClassificationQuery(text, pair)
    result = wait_for(text_classification.submit(resources.pool(), key, query))
    ordered = sorted(result.labels, key=lambda entry: entry.label_id)
    given = given_by(key.ref, tuple(entry.label for entry in ordered), result.meaning)
    return {
        "labels": lambda: draw_labels(result, say_given(given, result)),
        "given": lambda: draw_given(key.ref, result),
        "other": lambda: compare_labels(key, result),
        "code": lambda: draw_code(
            key.ref,
            lambda origin: text_classification_script(result, origin),
            file_name="classify.py",
            key=keys.PAGE,
        ),
        "keep": lambda: draw_keep_labels(key.ref, result),
        "check": lambda: draw_label_check(key, result),
    }


def _by_own_labels(key: ModelKey, text: str, _pair: str) -> Draw:
    query = query_of(text)
    result = wait_for(zero_shot_classification.submit(resources.pool(), key, query))
    return {
        "labels": lambda: draw_own_labels(result, given_names(key.ref, result)),
        "asked": lambda: draw_asked(result),
        "given": lambda: draw_own_given(key.ref, result),
        "code": lambda: draw_code(
            key.ref,
            lambda origin: zero_shot_script(result, origin),
            file_name="zero_shot.py",
            key=keys.PAGE,
        ),
        "keep": lambda: draw_keep_own_labels(key.ref, result),
        "check": lambda: draw_own_label_check(key, result),
    }


def _tag(key: ModelKey, text: str, _pair: str) -> Draw:
    query = token_classification.TokenClassificationQuery(text)
    result = wait_for(token_classification.submit(resources.pool(), key, query))
    draw_tagged_text(result)
    return {
        "entities": lambda: draw_entities(result),
        "words": lambda: draw_words(result),
        "joined": lambda: draw_joined(key, result),
        "other": lambda: compare_tags(key, result),
        "code": lambda: draw_code(
            key.ref,
            lambda origin: token_classification_script(result, origin),
            file_name="tag.py",
            key=keys.PAGE,
        ),
        "keep": lambda: draw_keep_tags(key.ref, result),
        "check": lambda: draw_tag_check(key, result),
    }


def _shorten(mode: Mode, key: ModelKey, text: str, pair: str) -> None:
    # Where it fails, the texts stay, and the page says by itself what is wrong.
    with suppress(LoupeError):
        if mode is CLASSIFY:
            asked = text_classification.TextClassificationQuery(text, pair)
            shorter = wait_for(text_classification.submit_shorten(resources.pool(), key, asked))
            st.session_state[keys.PAIR] = shorter.pair
            st.session_state[keys.TEXT] = shorter.text
        elif mode is ZERO_SHOT:
            own = wait_for(
                zero_shot_classification.submit_shorten(resources.pool(), key, query_of(text))
            )
            st.session_state[keys.TEXT] = own.text
        else:
            words = token_classification.TokenClassificationQuery(text)
            kept = wait_for(token_classification.submit_shorten(resources.pool(), key, words))
            st.session_state[keys.TEXT] = kept.text
