"""The page Tokenizer, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_offered
from components.code_panel import draw_code
from components.error_box import show_error
from components.i18n import _
from components.question_tabs import draw_tabs
from components.tokenizer import keys, link
from components.tokenizer.asking import ask_text
from components.tokenizer.defaults import DEFAULT_CHECKPOINT, TABS
from components.tokenizer.keep import draw_keep
from components.tokenizer.languages import draw_languages
from components.tokenizer.others import chosen_others, draw_others
from components.tokenizer.stages import draw_stages
from components.tokenizer.strip import draw_counts, draw_strip
from components.tokenizer.token_table import draw_tokens
from components.tokenizer.word import draw_word
from components.tokenizer.work import cut_with
from loupe.checkpoints.ref import CheckpointRef
from loupe.errors import LoupeError
from loupe.snippets import tokenization_script
from loupe.tokenization import CutText
from loupe.tokenization.shelf import find_tokenizer


def draw_page() -> None:
    """Everything below the title is drawn anew on each run; only what changed is computed."""
    link.apply()
    st.title(_("Tokenizer"))
    st.markdown(_("See how a text becomes tokens, stage by stage."))
    ref = pick_offered(
        resources.offered_tokenizers(), key=keys.CHECKPOINT, default=DEFAULT_CHECKPOINT
    )
    text = ask_text()
    if ref is None or not is_usable(ref, key=keys.CHECKPOINT, needs_weights=False):
        return
    try:
        cut_text = cut_with(ref, text)
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        return
    draw_strip(cut_text)
    draw_counts(cut_text)
    _draw_tabs(ref, cut_text)


def _draw_tabs(ref: CheckpointRef, cut_text: CutText) -> None:
    draw_tabs(
        TABS,
        {
            "stages": lambda: draw_stages(cut_text),
            "tokens": lambda: draw_tokens(cut_text),
            "word": lambda: _guarded(lambda: draw_word(ref, cut_text)),
            "others": lambda: draw_others(cut_text, ref),
            "languages": lambda: _guarded(lambda: draw_languages(ref, chosen_others(ref))),
            "code": lambda: _guarded(lambda: _draw_code(ref, cut_text)),
            "keep": lambda: draw_keep(ref, cut_text),
        },
        key=keys.TABS,
    )


def _draw_code(ref: CheckpointRef, cut_text: CutText) -> None:
    draw_code(
        ref,
        lambda origin: tokenization_script(cut_text, origin),
        file_name="tokenize_text.py",
        key=keys.PAGE,
        found=find_tokenizer(ref, resources.places()),
        needs=_("A plain script that needs only transformers:"),
    )


def _guarded(draw: Callable[[], None]) -> None:
    """What is wrong in one tab stands there; the text and its tokens stay."""
    try:
        draw()
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_tab")
