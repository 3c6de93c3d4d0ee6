"""What is asked: the mode, the text, and what some modes want besides it."""

from __future__ import annotations

import streamlit as st

from components.classify import keys
from components.classify.modes import CLASSIFY, EXAMPLE_LABELS, MODES, ZERO_SHOT, Mode
from components.i18n import _


def pick_mode() -> Mode:
    """Draw the ways; the one chosen."""
    st.session_state.setdefault(keys.MODE, CLASSIFY.id)
    chosen = st.segmented_control(
        _("What to do"),
        list(MODES),
        key=keys.MODE,
        required=True,
        format_func=lambda mode_id: _(MODES[mode_id].label),
        label_visibility="collapsed",
        on_change=_bring_example,
        persist_state="session",
    )
    return MODES[chosen or CLASSIFY.id]


def _bring_example() -> None:
    """An example that nobody has touched gives way to the other mode's; a person's text stays."""
    examples = {mode.text for mode in MODES.values()}
    if st.session_state.get(keys.TEXT) in examples:
        st.session_state[keys.TEXT] = MODES[st.session_state[keys.MODE]].text


def ask_texts(mode: Mode) -> tuple[str, str]:
    """Draw the boxes; the text and the second text as they stand, empty where there is none."""
    st.session_state.setdefault(keys.TEXT, mode.text)
    text = st.text_area(
        _("Text"),
        key=keys.TEXT,
        height=100,
        placeholder=_("Write or paste a text."),
        persist_state="session",
    )
    pair = ""
    if mode is CLASSIFY:
        pair = _ask_second()
    elif mode is ZERO_SHOT:
        _ask_labels()
    st.button(_(mode.button), key=keys.ASK, type="primary", icon=":material/play_arrow:")
    return text or "", pair


def _ask_second() -> str:
    st.session_state.setdefault(keys.PAIR, "")
    held = bool(st.session_state[keys.PAIR])
    with st.expander(_("Second text"), key=f"{keys.PAIR}_box", expanded=held):
        typed = st.text_area(
            _("A text to compare with the first"),
            key=keys.PAIR,
            height=76,
            help=_(
                "For checkpoints that were trained on pairs, such as a premise and a hypothesis; "
                "others have learned nothing about it."
            ),
            persist_state="session",
        )
    return typed or ""


def _ask_labels() -> None:
    st.session_state.setdefault(keys.LABELS, "\n".join(EXAMPLE_LABELS))
    st.text_area(
        _("Labels, one a line"),
        key=keys.LABELS,
        height=120,
        placeholder=_("Anything that a text can be about, or that can be said of it."),
        persist_state="session",
    )


def own_labels() -> tuple[str, ...]:
    """The labels as they stand in the box; white space around them and empty lines are none."""
    lines = str(st.session_state.get(keys.LABELS) or "").splitlines()
    return tuple(line.strip() for line in lines if line.strip())
