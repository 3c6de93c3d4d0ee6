"""The mode Summarise, below its settings: the answer, and its tabs."""

from __future__ import annotations

from contextlib import suppress

import streamlit as st

from components import resources
from components.code_panel import draw_code
from components.error_box import show_error
from components.i18n import _
from components.translate import branches, keys
from components.translate.attention import draw_attention
from components.translate.check import draw_check
from components.translate.comparison import draw_comparison
from components.translate.copied import draw_copied
from components.translate.document.ask import take_over
from components.translate.document.tab import draw_document
from components.translate.document.work import Setting
from components.translate.keep import draw_keep
from components.translate.modes import SUMMARISE
from components.translate.output import draw_output, draw_way_back
from components.translate.quality import draw_summary_quality
from components.translate.tabs import draw_tabs
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.engine.encoding import MAX_CHARACTERS
from loupe.errors import InvalidInput, LoupeError, TextTooLong
from loupe.snippets import summarization_script
from loupe.tasks import summarization
from loupe.tasks.summarization import SummarizationQuery, SummarizationResult


def draw_summary(key: ModelKey, text: str, num_beams: int, max_new_tokens: int) -> None:
    """The answer or what is wrong."""
    document = {
        "document": lambda: draw_document(key, Setting(SUMMARISE, num_beams, max_new_tokens))
    }
    try:
        question = SummarizationQuery(text, num_beams=num_beams, max_new_tokens=max_new_tokens)
        result, first = branches.answer(key, question)
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        if isinstance(error, TextTooLong):
            _offer_for_long(key, text, num_beams, max_new_tokens)
        draw_way_back(key)
        # A document does not help where the checkpoint itself is the trouble.
        if isinstance(error, InvalidInput):
            draw_tabs(SUMMARISE, document)
        return
    assert isinstance(result, SummarizationResult)
    summary = result
    draw_output(SUMMARISE, key, result, first)
    draw_tabs(
        SUMMARISE,
        {
            "copied": lambda: draw_copied(summary),
            "attention": lambda: draw_attention(key, summary),
            "quality": lambda: draw_summary_quality(summary),
            "other": lambda: draw_comparison(SUMMARISE, key, summary, text),
            **document,
            "code": lambda: draw_code(
                key.ref,
                lambda origin: summarization_script(summary, origin),
                file_name="summarise.py",
                key=keys.PAGE,
            ),
            "keep": lambda: draw_keep(SUMMARISE, key.ref, summary),
            "check": lambda: draw_check(key, summary),
        },
    )


def _offer_for_long(key: ModelKey, text: str, num_beams: int, max_new_tokens: int) -> None:
    """All of it part by part, or the beginning alone."""
    with st.container(horizontal=True):
        st.button(
            _("Summarise it as a document, part by part"),
            key=f"{keys.PAGE}_as_document",
            on_click=take_over,
            args=(text,),
        )
        if len(text) <= MAX_CHARACTERS:
            question = SummarizationQuery(text, num_beams=num_beams, max_new_tokens=max_new_tokens)
            st.button(
                _("Keep the beginning, as much as fits"),
                key=f"{keys.PAGE}_shorten",
                on_click=_shorten,
                args=(key, question),
            )


def _shorten(key: ModelKey, question: SummarizationQuery) -> None:
    # Where it fails, the text stays, and the page says by itself what is wrong.
    with suppress(LoupeError):
        shorter = wait_for(summarization.submit_shorten(resources.pool(), key, question))
        st.session_state[keys.TEXT] = shorter.text
