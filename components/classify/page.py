"""The page Classify and tag, from top to bottom."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.classify import keys, link
from components.classify.ask import ask_texts, pick_mode
from components.classify.check import draw_label_check, draw_tag_check
from components.classify.comparison import compare_labels, compare_tags
from components.classify.entities import draw_entities, draw_tagged_text
from components.classify.keep import draw_keep_labels, draw_keep_tags
from components.classify.labels import draw_labels
from components.classify.modes import CLASSIFY, TAG, Mode
from components.classify.words import draw_words
from components.code_panel import draw_code
from components.error_box import show_error
from components.hardware_panel import model_key
from components.i18n import _
from components.question_tabs import draw_tabs
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.engine.encoding import MAX_CHARACTERS
from loupe.errors import LoupeError, TextTooLong
from loupe.snippets import text_classification_script, token_classification_script
from loupe.tasks import text_classification, token_classification


def draw_page() -> None:
    """Everything below the title is drawn anew on each run; only what changed is computed."""
    link.apply()
    st.title(_("Classify and tag"))
    st.markdown(_("See how well every label fits a text, or what a tagger finds in it."))
    mode = pick_mode()
    ref = pick_checkpoint(
        mode.task, mode.auto_class, key=keys.checkpoint(mode), default=mode.checkpoint
    )
    text, pair = ask_texts(mode)
    if ref is None or not is_usable(ref, key=keys.checkpoint(mode)):
        return
    key = model_key(ref, mode.auto_class)
    try:
        if mode is CLASSIFY:
            _classify(key, text, pair)
        else:
            _tag(key, text)
    except TextTooLong as error:
        show_error(error, key=keys.PAGE)
        if max(len(text), len(pair)) <= MAX_CHARACTERS:
            st.button(
                _("Keep the beginning, as much as fits"),
                key=f"{keys.PAGE}_shorten",
                on_click=_shorten,
                args=(mode, key, text, pair),
            )
    except LoupeError as error:
        show_error(error, key=keys.PAGE)


def _classify(key: ModelKey, text: str, pair: str) -> None:
    query = text_classification.TextClassificationQuery(text, pair)
    result = wait_for(text_classification.submit(resources.pool(), key, query))
    draw_tabs(
        CLASSIFY.tabs,
        {
            "labels": lambda: draw_labels(result),
            "other": lambda: compare_labels(key, result),
            "code": lambda: draw_code(
                key.ref,
                lambda origin: text_classification_script(result, origin),
                file_name="classify.py",
                key=keys.PAGE,
            ),
            "keep": lambda: draw_keep_labels(key.ref, result),
            "check": lambda: draw_label_check(key, result),
        },
        key=keys.tabs(CLASSIFY),
    )


def _tag(key: ModelKey, text: str) -> None:
    query = token_classification.TokenClassificationQuery(text)
    result = wait_for(token_classification.submit(resources.pool(), key, query))
    draw_tagged_text(result)
    draw_tabs(
        TAG.tabs,
        {
            "entities": lambda: draw_entities(result),
            "words": lambda: draw_words(result),
            "other": lambda: compare_tags(key, result),
            "code": lambda: draw_code(
                key.ref,
                lambda origin: token_classification_script(result, origin),
                file_name="tag.py",
                key=keys.PAGE,
            ),
            "keep": lambda: draw_keep_tags(key.ref, result),
            "check": lambda: draw_tag_check(key, result),
        },
        key=keys.tabs(TAG),
    )


def _shorten(mode: Mode, key: ModelKey, text: str, pair: str) -> None:
    # Where it fails, the texts stay, and the page says by itself what is wrong.
    with suppress(LoupeError):
        if mode is CLASSIFY:
            asked = text_classification.TextClassificationQuery(text, pair)
            shorter = wait_for(text_classification.submit_shorten(resources.pool(), key, asked))
            st.session_state[keys.PAIR] = shorter.pair
            st.session_state[keys.TEXT] = shorter.text
        else:
            words = token_classification.TokenClassificationQuery(text)
            kept = wait_for(token_classification.submit_shorten(resources.pool(), key, words))
            st.session_state[keys.TEXT] = kept.text
