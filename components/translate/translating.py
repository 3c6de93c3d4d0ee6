"""The mode Translate, below its settings: the direction, the answer, and its tabs."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import resources
from components.code_panel import draw_code
from components.error_box import show_error
from components.i18n import _, phrase
from components.translate import branches, keys
from components.translate.attention import draw_attention
from components.translate.check import draw_check
from components.translate.comparison import draw_comparison
from components.translate.direction import pick_direction
from components.translate.document.ask import take_over
from components.translate.document.tab import draw_document
from components.translate.document.work import Setting
from components.translate.keep import draw_keep
from components.translate.modes import TRANSLATE
from components.translate.output import draw_output, draw_way_back
from components.translate.quality import draw_translation_quality
from components.translate.tabs import draw_tabs
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.engine.seq2seq.sentences import split_sentences
from loupe.errors import LoupeError, TextTooLong
from loupe.snippets import translation_script
from loupe.tasks import translation
from loupe.tasks.translation import (
    Directions,
    TranslationQuery,
    TranslationResult,
    settle,
    to_strip,
)

# From here on a text is more than most models for sentences translate whole.
MANY_SENTENCES = 3


def draw_translation(
    key: ModelKey, text: str, num_beams: int, max_new_tokens: int, direction_place: DeltaGenerator
) -> None:
    """The answer or what is wrong. direction_place: where the direction is asked for."""
    try:
        offered = wait_for(translation.submit_directions(resources.pool(), key))
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        return
    with direction_place:
        direction = pick_direction(offered)
    document = {
        "document": lambda: draw_document(
            key, Setting(TRANSLATE, num_beams, max_new_tokens, direction)
        )
    }
    _offer_to_strip(offered, text)
    try:
        question = TranslationQuery(text, direction, num_beams, max_new_tokens)
        result, first = branches.answer(key, question)
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        if isinstance(error, TextTooLong):
            st.button(
                _("Translate it as a document, sentence by sentence"),
                key=f"{keys.PAGE}_as_document",
                on_click=take_over,
                args=(text,),
            )
        draw_way_back(key)
        draw_tabs(TRANSLATE, document)
        return
    assert isinstance(result, TranslationResult)
    translated = result
    if result.direction != direction:
        st.text(
            _("The instruction in the text is followed: {direction}.").format(
                direction=phrase(result.direction.words)
            )
        )
    draw_output(TRANSLATE, key, result, first)
    if len(split_sentences(text)) >= MANY_SENTENCES:
        st.caption(
            _(
                "Models that were trained on single sentences often lose some of several. The tab "
                "“{tab}” translates them one by one."
            ).format(tab=_(TRANSLATE.tabs["document"]))
        )
    # What the model was asked, without an instruction that a second one might translate.
    _used, bare = settle(offered, direction, text)
    draw_tabs(
        TRANSLATE,
        {
            "attention": lambda: draw_attention(key, translated),
            "quality": lambda: draw_translation_quality(key, translated),
            "other": lambda: draw_comparison(TRANSLATE, key, translated, bare),
            **document,
            "code": lambda: draw_code(
                key.ref,
                lambda origin: translation_script(translated, origin),
                file_name="translate.py",
                key=keys.PAGE,
            ),
            "keep": lambda: draw_keep(TRANSLATE, key.ref, translated),
            "check": lambda: draw_check(key, translated),
        },
    )


def _offer_to_strip(offered: Directions, text: str) -> None:
    """An instruction in the text that this checkpoint would translate like the rest."""
    pasted = to_strip(offered, text)
    if pasted is None:
        return
    with st.container(border=True, key=f"{keys.PAGE}_pasted"):
        st.text(
            _(
                "The text begins with “{instruction}”. This checkpoint takes no such instruction "
                "and translates it like the rest."
            ).format(instruction=pasted.instruction)
        )
        st.button(
            _("Take it away"), key=f"{keys.PAGE}_strip", on_click=_set_text, args=(pasted.rest,)
        )


def _set_text(text: str) -> None:
    st.session_state[keys.TEXT] = text
