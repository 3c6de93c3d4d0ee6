"""What is asked: the mode, the text, and how the output is searched for."""

from __future__ import annotations

import streamlit as st

from components.i18n import _
from components.token_strip import Measure
from components.translate import keys
from components.translate.modes import MODES, TRANSLATE, Mode
from loupe.engine.seq2seq.settings import MAX_NEW_TOKENS

# The core takes more; what a page offers should end within seconds.
BEAMS_MAX = 8
MEASURES = {
    Measure.PROBABILITY: "Probability",
    Measure.SURPRISAL: "Surprisal",
    Measure.RANK: "Rank",
    Measure.ENTROPY: "Entropy",
}


def pick_mode() -> Mode:
    """Draw the two ways; the one chosen."""
    st.session_state.setdefault(keys.MODE, TRANSLATE.id)
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
    return MODES[chosen or TRANSLATE.id]


def _bring_example() -> None:
    """An example that nobody has touched gives way to the other mode's; a person's text stays."""
    examples = {mode.text for mode in MODES.values()}
    if st.session_state.get(keys.TEXT) in examples:
        st.session_state[keys.TEXT] = MODES[st.session_state[keys.MODE]].text


def ask_text(mode: Mode) -> str:
    """Draw the box; the text as it stands."""
    st.session_state.setdefault(keys.TEXT, mode.text)
    text = st.text_area(
        _("Text"),
        key=keys.TEXT,
        height=76 if mode is TRANSLATE else 160,
        placeholder=_("Write or paste a text."),
        persist_state="session",
    )
    return text or ""


def ask_settings(mode: Mode) -> tuple[int, int]:
    """Draw the settings, whose button says what is set, and the button; (beams, new tokens)."""
    st.session_state.setdefault(keys.BEAMS, 1)
    st.session_state.setdefault(keys.max_new_tokens(mode), mode.max_new_tokens)
    with st.container(horizontal=True):
        st.button(_(mode.button), key=keys.ASK, type="primary", icon=":material/play_arrow:")
        with st.popover(_settings_label(mode), icon=":material/tune:", key=keys.SETTINGS):
            beams = st.slider(
                _("Beams"),
                1,
                BEAMS_MAX,
                key=keys.BEAMS,
                help=_(
                    "1 is greedy: the most probable token each time. With more, as many beginnings "
                    "are followed at once, and the best whole one wins."
                ),
                persist_state="session",
            )
            longest = st.number_input(
                _("At most so many tokens"),
                1,
                MAX_NEW_TOKENS,
                key=keys.max_new_tokens(mode),
                help=_("Of the output, its end included."),
                persist_state="session",
            )
            _ask_measure()
    return beams, int(longest or mode.max_new_tokens)


def _ask_measure() -> None:
    st.session_state.setdefault(keys.MEASURE, Measure.PROBABILITY.value)
    st.selectbox(
        _("Colour of the tokens"),
        [measure.value for measure in MEASURES],
        key=keys.MEASURE,
        format_func=lambda name: _(MEASURES[Measure(name)]),
        persist_state="session",
    )


def chosen_measure() -> Measure:
    """What colours the output's tokens."""
    return Measure(st.session_state.get(keys.MEASURE) or Measure.PROBABILITY.value)


def _settings_label(mode: Mode) -> str:
    beams = st.session_state[keys.BEAMS]
    longest = st.session_state[keys.max_new_tokens(mode)]
    label = _("Greedy") if beams == 1 else _("{count} beams").format(count=beams)
    if longest in (None, mode.max_new_tokens):
        return label
    return _("{search}, at most {count} tokens").format(search=label, count=longest)
