"""The page Generate, from top to bottom."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from components import session
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.code_panel import draw_code
from components.error_box import show_error
from components.generate import keys, link, running
from components.generate.ask import Typed, ask, pick_mode
from components.generate.check import draw_check
from components.generate.comparison import draw_comparison
from components.generate.instead import draw_instead
from components.generate.keep import draw_keep
from components.generate.live import draw_live
from components.generate.modes import CHAT, DEFAULT_CHECKPOINT, SCORE, Mode
from components.generate.outcome import draw_outcome
from components.generate.score import draw_surprise, score
from components.generate.settings import read_query
from components.generate.strip import pick_measure
from components.i18n import _
from loupe.engine import ModelKey
from loupe.errors import EmptyText, LoupeError
from loupe.snippets import generation_script, score_script
from loupe.tasks.text_generation import (
    AUTO_CLASS,
    TASK,
    GenerationResult,
    Message,
    Sample,
)
from loupe.tasks.text_generation.export import sample_rows, score_rows, to_json


def draw_page() -> None:
    """Everything below the title is drawn anew on each run; only what changed is computed."""
    link.apply()
    st.title(_("Generate"))
    st.markdown(_("See what a language model writes next, and what else it could have written."))
    ref = pick_checkpoint(TASK, AUTO_CLASS, key=keys.CHECKPOINT, default=DEFAULT_CHECKPOINT)
    mode = pick_mode()
    typed = ask(mode)
    if ref is None or not is_usable(ref, key=keys.CHECKPOINT):
        return
    key = ModelKey(
        ref,
        AUTO_CLASS,
        device=st.session_state.get(session.DEVICE, "auto"),
        dtype=st.session_state.get(session.DTYPE, "auto"),
    )
    try:
        if mode is SCORE:
            _score(key, typed)
        else:
            _generate(key, typed)
    except LoupeError as error:
        show_error(error, key=keys.PAGE)


def _score(key: ModelKey, typed: Typed) -> None:
    result = score(key, typed.text)
    _draw_tabs(
        SCORE,
        {
            "surprise": lambda: draw_surprise(result),
            "code": lambda: draw_code(
                key.ref,
                lambda origin: score_script(result, origin),
                file_name="score.py",
                key=keys.PAGE,
            ),
            "keep": lambda: draw_keep(
                score_rows(result),
                to_json(result),
                link.state_of(SCORE, str(key.ref), typed.text),
            ),
        },
    )


def _generate(key: ModelKey, typed: Typed) -> None:
    asked = running.shown()
    first = asked is None or bool(asked.query.messages) != (typed.mode is CHAT)
    # A page that opens shows an example at once; a dialogue begins when the person says something.
    if (
        typed.asked
        or (first and typed.mode is not CHAT)
        or (asked and asked.key != key and not first)
    ):
        _ask(key, typed)
        asked = running.shown()
    if asked is None or bool(asked.query.messages) != (typed.mode is CHAT):
        return
    if not running.settle(asked):
        draw_live(pick_measure())
        return
    if asked.error is not None:
        raise asked.error
    if asked.result is not None:
        _draw(asked, asked.result, typed)


def _ask(key: ModelKey, typed: Typed) -> None:
    if typed.mode is CHAT:
        if not typed.text.strip():
            raise EmptyText("There is no message yet.", "Type what you want to say.")
        running.ask(key, read_query("", typed.messages))
    else:
        running.ask(key, read_query(typed.text, ()))


def _draw(asked: running.Asked, result: GenerationResult, typed: Typed) -> None:
    _say_what_changed(asked, typed)
    measure = pick_measure()
    sample = draw_outcome(result, measure)
    if typed.mode is CHAT:
        _offer_next_turn(asked, sample)
    _draw_tabs(
        typed.mode,
        {
            "instead": lambda: draw_instead(asked, sample),
            "other": lambda: draw_comparison(asked.key, asked.query, sample, measure),
            "code": lambda: draw_code(
                asked.key.ref,
                lambda origin: generation_script(sample, asked.query, result.model_text, origin),
                file_name="generate.py",
                key=keys.PAGE,
            ),
            "keep": lambda: draw_keep(
                sample_rows(sample),
                to_json(result),
                link.state_of(typed.mode, str(asked.key.ref), typed.text),
            ),
            "check": lambda: draw_check(asked.key, sample, asked.query.sampling),
        },
    )


def _say_what_changed(asked: running.Asked, typed: Typed) -> None:
    now = typed.messages if typed.mode is CHAT else typed.text
    before = asked.query.messages if typed.mode is CHAT else asked.query.prompt
    if now != before and not (
        typed.mode is CHAT and len(typed.messages) > len(asked.query.messages)
    ):
        st.caption(_("The text above has changed since. Below is the answer to what it was."))


def _offer_next_turn(asked: running.Asked, sample: Sample) -> None:
    st.button(
        _("Answer it"),
        key=f"{keys.TURNS}_keep",
        icon=":material/reply:",
        help=_("Keeps your message and this answer above, and asks for your next message."),
        on_click=_keep_turn,
        args=(asked, sample),
    )


def _keep_turn(asked: running.Asked, sample: Sample) -> None:
    turns = tuple(m for m in asked.query.messages if m.role != "system")
    st.session_state[keys.TURNS] = (*turns, Message("assistant", sample.text))
    st.session_state[keys.MESSAGE] = ""


def _draw_tabs(mode: Mode, draw: Mapping[str, Callable[[], None]]) -> None:
    """Each tab is named by the question it answers; only the open one is drawn."""
    assert draw.keys() == mode.tabs.keys()
    questions = [_(question) for question in mode.tabs.values()]
    tabs = st.tabs(questions, key=keys.tabs(mode), on_change="rerun")
    for tab, name in zip(tabs, mode.tabs, strict=True):
        if tab.open:
            with tab:
                draw[name]()
