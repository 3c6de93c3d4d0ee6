"""The page Fill mask, from top to bottom."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.code_panel import draw_code
from components.error_box import show_error
from components.fill_mask import keys, link
from components.fill_mask.check import draw_check
from components.fill_mask.comparison import draw_comparison
from components.fill_mask.defaults import DEFAULT_CHECKPOINT, DEFAULT_TEXT, SHOWN_MAX
from components.fill_mask.guesses import draw_guesses
from components.fill_mask.hidden import hidden_spans
from components.fill_mask.keep import draw_keep
from components.fill_mask.strip import draw_strip
from components.fill_mask.text_input import ask_text
from components.fill_mask.words import draw_words, words_of
from components.hardware_panel import model_key
from components.i18n import _
from components.question_tabs import draw_tabs
from components.waiting import wait_for
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import ModelKey
from loupe.engine.encoding import MAX_CHARACTERS
from loupe.errors import LoupeError, NoMaskToken, TextTooLong
from loupe.snippets import fill_mask_script
from loupe.tasks import fill_mask


def draw_page() -> None:
    """Everything below the title is drawn anew on each run; only what changed is computed."""
    link.apply()
    st.title(_("Fill mask"))
    st.markdown(_("Hide a word and see what a masked language model expects in its place."))
    ref = pick_checkpoint(
        fill_mask.TASK, fill_mask.AUTO_CLASS, key=keys.CHECKPOINT, default=DEFAULT_CHECKPOINT
    )
    text = ask_text(DEFAULT_TEXT)
    if ref is None or not is_usable(ref, key=keys.CHECKPOINT):
        return
    key = model_key(ref, fill_mask.AUTO_CLASS)
    result = _answer(key, text)
    if result is not None:
        _draw_tabs(ref, key, result)


def _answer(key: ModelKey, text: str) -> fill_mask.FillMaskResult | None:
    """Ask, and draw the strip or the error; None where there is no answer."""
    try:
        query = fill_mask.FillMaskQuery(text, hidden_spans(text), top_k=SHOWN_MAX)
        try:
            result = wait_for(fill_mask.submit(resources.pool(), key, query))
        except NoMaskToken as error:
            # The tokens are drawn all the same: a click on one is the remedy.
            show_error(error, key=keys.PAGE)
            draw_strip(wait_for(fill_mask.submit_read(resources.pool(), key, query)))
            return None
        draw_strip(result.trace)
        return result
    except TextTooLong as error:
        show_error(error, key=keys.PAGE)
        if len(text) <= MAX_CHARACTERS:
            st.button(
                _("Keep what fits around the mask"),
                key=f"{keys.PAGE}_shorten",
                on_click=_shorten,
                args=(key, query),
            )
        return None
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        return None


def _shorten(key: ModelKey, query: fill_mask.FillMaskQuery) -> None:
    # Where it fails, the text stays, and the page says by itself what is wrong.
    with suppress(LoupeError):
        shorter = wait_for(fill_mask.submit_shorten(resources.pool(), key, query))
        st.session_state[keys.TEXT] = shorter


def _draw_tabs(ref: CheckpointRef, key: ModelKey, result: fill_mask.FillMaskResult) -> None:
    draw_tabs(
        link.TABS,
        {
            "gap": lambda: draw_guesses(result),
            "words": lambda: draw_words(key, result.query),
            "other": lambda: draw_comparison(key, result),
            "code": lambda: _draw_script(ref, _with_words(key, result)),
            "keep": lambda: draw_keep(ref, _with_words(key, result)),
            "check": lambda: draw_check(key, _with_words(key, result)),
        },
        key=keys.TABS,
    )


def _draw_script(ref: CheckpointRef, result: fill_mask.FillMaskResult) -> None:
    draw_code(
        ref,
        lambda origin: fill_mask_script(result, origin, st.session_state.get(keys.SHOWN, 10)),
        file_name="fill_mask.py",
        key=keys.PAGE,
    )


def _with_words(key: ModelKey, result: fill_mask.FillMaskResult) -> fill_mask.FillMaskResult:
    """The answer with the scores of the person's own words, once they have been looked at."""
    words = words_of(st.session_state.get(keys.WORDS) or "")
    if not words:
        return result
    try:
        asked = replace(result.query, words=words)
        return wait_for(fill_mask.submit(resources.pool(), key, asked))
    except LoupeError:
        return result  # the tab of the words says what is wrong with them
