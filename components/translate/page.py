"""The page Translate and summarise, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from components import resources, session
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.code_panel import draw_code
from components.error_box import show_error
from components.i18n import _, phrase
from components.translate import answers, branches, keys, link
from components.translate.ask import ask_settings, ask_text, pick_mode
from components.translate.attention import draw_attention
from components.translate.check import draw_check
from components.translate.copied import draw_copied
from components.translate.direction import pick_direction
from components.translate.document import Setting, draw_document, take_over
from components.translate.keep import draw_keep
from components.translate.modes import SUMMARISE, TRANSLATE, Mode
from components.translate.offers import default_checkpoint, draw_offers
from components.translate.output import draw_back_button, draw_output
from components.translate.quality import draw_summary_quality, draw_translation_quality
from components.waiting import wait_for
from loupe.checkpoints.hub import find_cached
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine import ModelKey
from loupe.engine.encoding import MAX_CHARACTERS
from loupe.engine.seq2seq.sentences import split_sentences
from loupe.errors import LoupeError, TextTooLong
from loupe.snippets import summarization_script, translation_script
from loupe.tasks import summarization, translation
from loupe.tasks.summarization import SummarizationQuery, SummarizationResult
from loupe.tasks.translation import Directions, TranslationQuery, TranslationResult, to_strip

# From here on a text is more than most models for sentences translate whole.
MANY_SENTENCES = 3
Drawers = Mapping[str, Callable[[], None]]


def draw_page() -> None:
    """Everything below the title is drawn anew on each run; only what changed is computed."""
    link.apply()
    st.title(_("Translate and summarise"))
    st.markdown(_("See every token an encoder-decoder writes, and what else it could have said."))
    mode = pick_mode()
    ref = pick_checkpoint(
        mode.task, mode.auto_class, key=keys.checkpoint(mode), default=default_checkpoint(mode)
    )
    # What a checkpoint offers is known once it is loaded; the boxes below need not wait for that.
    direction_place = st.container()
    text = ask_text(mode)
    num_beams, max_new_tokens = ask_settings(mode)
    if ref is None:
        return
    if mode is SUMMARISE and _is_to_be_downloaded(ref):
        draw_offers(mode)
    if not is_usable(ref, key=keys.checkpoint(mode)):
        return
    key = ModelKey(
        ref,
        mode.auto_class,
        device=st.session_state.get(session.DEVICE, "auto"),
        dtype=st.session_state.get(session.DTYPE, "auto"),
    )
    if mode is TRANSLATE:
        _translate(key, text, num_beams, max_new_tokens, direction_place)
    else:
        _summarise(key, text, num_beams, max_new_tokens)


def _is_to_be_downloaded(ref: CheckpointRef) -> bool:
    with suppress(LoupeError):
        return ref.kind is Kind.HUB and find_cached(ref, resources.places().hub_cache) is None
    return False


def _translate(
    key: ModelKey, text: str, num_beams: int, max_new_tokens: int, direction_place: DeltaGenerator
) -> None:
    try:
        offered = wait_for(translation.submit_directions(resources.pool(), key))
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        return
    with direction_place:
        direction = pick_direction(offered)
    document = {
        "document": lambda: draw_document(key, Setting(direction, num_beams, max_new_tokens))
    }
    _offer_to_strip(offered, text)
    try:
        question = TranslationQuery(text, direction, num_beams, max_new_tokens)
        result, first = _answer(key, question)
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        if isinstance(error, TextTooLong):
            st.button(
                _("Translate it as a document, sentence by sentence"),
                key=f"{keys.PAGE}_as_document",
                on_click=take_over,
                args=(text,),
            )
        _draw_way_back(key)
        _draw_tabs(TRANSLATE, document)
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
    _draw_tabs(
        TRANSLATE,
        {
            "attention": lambda: draw_attention(key, translated),
            "quality": lambda: draw_translation_quality(key, translated),
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


def _summarise(key: ModelKey, text: str, num_beams: int, max_new_tokens: int) -> None:
    try:
        question = SummarizationQuery(text, num_beams=num_beams, max_new_tokens=max_new_tokens)
        result, first = _answer(key, question)
    except LoupeError as error:
        show_error(error, key=keys.PAGE)
        if isinstance(error, TextTooLong) and len(text) <= MAX_CHARACTERS:
            st.button(
                _("Keep the beginning, as much as fits"),
                key=f"{keys.PAGE}_shorten",
                on_click=_shorten,
                args=(key, question),
            )
        _draw_way_back(key)
        return
    assert isinstance(result, SummarizationResult)
    summary = result
    draw_output(SUMMARISE, key, result, first)
    _draw_tabs(
        SUMMARISE,
        {
            "copied": lambda: draw_copied(summary),
            "attention": lambda: draw_attention(key, summary),
            "quality": lambda: draw_summary_quality(summary),
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


def _answer(key: ModelKey, question: answers.Query) -> tuple[answers.Result, answers.Result]:
    """(what is shown, the answer to the question as it was first asked)."""
    first = answers.ask(key, question)
    query = branches.current(key, question)
    return (first if query == question else answers.ask(key, query)), first


def _draw_way_back(key: ModelKey) -> None:
    """A beginning that cannot be continued would otherwise stay for good."""
    if branches.is_chosen(key):
        draw_back_button()


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


def _shorten(key: ModelKey, question: SummarizationQuery) -> None:
    # Where it fails, the text stays, and the page says by itself what is wrong.
    with suppress(LoupeError):
        shorter = wait_for(summarization.submit_shorten(resources.pool(), key, question))
        st.session_state[keys.TEXT] = shorter.text


def _draw_tabs(mode: Mode, draw: Drawers) -> None:
    """Each tab is named by the question it answers; only the open one is drawn.

    Without an answer there are fewer of them.
    """
    names = [name for name in mode.tabs if name in draw]
    assert set(names) == draw.keys()
    whole = len(names) == len(mode.tabs)
    key = keys.tabs(mode) if whole else f"{keys.tabs(mode)}_without_answer"
    tabs = st.tabs([_(mode.tabs[name]) for name in names], key=key, on_change="rerun")
    for tab, name in zip(tabs, names, strict=True):
        if tab.open:
            with tab:
                draw[name]()
