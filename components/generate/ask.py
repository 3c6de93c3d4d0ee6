"""What is asked: the mode, its text, and the button."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components.generate import keys
from components.generate.modes import (
    CHAT,
    CONTINUE,
    DEFAULT_MESSAGE,
    DEFAULT_PROMPT,
    DEFAULT_SCORED,
    MODES,
    PRESETS,
    SCORE,
    Mode,
)
from components.generate.settings import draw_settings, set_defaults
from components.i18n import _
from loupe.tasks.text_generation import Message


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the boxes. asked: whether the button was pressed for this run of the page."""

    mode: Mode
    text: str
    messages: tuple[Message, ...]
    asked: bool


def pick_mode() -> Mode:
    """Draw the three ways; the one chosen."""
    st.session_state.setdefault(keys.MODE, CONTINUE.id)
    chosen = st.segmented_control(
        _("What to do"),
        list(MODES),
        key=keys.MODE,
        required=True,
        format_func=lambda mode_id: _(MODES[mode_id].label),
        label_visibility="collapsed",
        persist_state="session",
    )
    return MODES[chosen or CONTINUE.id]


def ask(mode: Mode) -> Typed:
    """Draw the boxes of a mode."""
    set_defaults()
    if mode is CHAT:
        return _ask_message()
    if mode is SCORE:
        text = _box(_("Text"), keys.SCORED, DEFAULT_SCORED, height=120)
        return Typed(mode, text, (), _draw_button(mode))
    text = _box(_("Text to continue"), keys.PROMPT, DEFAULT_PROMPT, height=120)
    left, middle, right = st.columns([2, 3, 2], vertical_alignment="bottom")
    with left:
        asked = _draw_button(mode)
    with middle:
        draw_settings()
    with right:
        st.selectbox(
            _("Example"),
            list(PRESETS),
            index=None,
            key=keys.PRESET,
            format_func=lambda name: _(PRESETS[name].label),
            placeholder=_("Examples"),
            label_visibility="collapsed",
            on_change=_bring_preset,
        )
    return Typed(mode, text, (), asked)


def _bring_preset() -> None:
    name = st.session_state[keys.PRESET]
    if name is not None:
        st.session_state[keys.PROMPT] = PRESETS[name].text
        st.session_state[keys.PRESET] = None


def _ask_message() -> Typed:
    st.session_state.setdefault(keys.SYSTEM, "")
    with st.expander(_("System prompt"), expanded=bool(st.session_state[keys.SYSTEM])):
        system = st.text_area(
            _("What the model is told about its part"),
            key=keys.SYSTEM,
            height=76,
            persist_state="session",
        )
    turns = _draw_turns()
    text = _box(_("Your message"), keys.MESSAGE, DEFAULT_MESSAGE, height=76)
    left, right = st.columns([2, 3])
    with left:
        asked = _draw_button(CHAT)
    with right:
        draw_settings()
    first = (Message("system", system),) if system and system.strip() else ()
    return Typed(CHAT, text, (*first, *turns, Message("user", text)), asked)


def _draw_turns() -> tuple[Message, ...]:
    """The dialogue up to here, and the way to begin another."""
    turns: tuple[Message, ...] = st.session_state.get(keys.TURNS, ())
    for number, turn in enumerate(turns):
        with st.container(border=True, key=f"{keys.TURNS}_{number}"):
            st.caption(_("You") if turn.role == "user" else _("The model"))
            st.text(turn.content)
    if turns:
        st.button(
            _("Begin another dialogue"),
            key=f"{keys.TURNS}_clear",
            icon=":material/restart_alt:",
            on_click=lambda: st.session_state.pop(keys.TURNS, None),
        )
    return turns


def _box(label: str, key: str, default: str, height: int) -> str:
    st.session_state.setdefault(key, default)
    return st.text_area(label, key=key, height=height, persist_state="session") or ""


def _draw_button(mode: Mode) -> bool:
    return st.button(
        _(mode.button),
        key=keys.ASK,
        type="primary",
        icon=":material/play_arrow:",
        width="stretch",
    )
