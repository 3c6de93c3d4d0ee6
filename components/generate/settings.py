"""How the next token is chosen: a panel that opens, named by what is set."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from components.generate import keys
from components.i18n import _
from loupe.sampling import Sampling
from loupe.tasks.text_generation import GenerationQuery, Message

GREEDY, SAMPLE, BEAMS = "greedy", "sample", "beams"
HOW = {GREEDY: "Greedy", SAMPLE: "Sampling", BEAMS: "Beams"}
_MEANING = {
    GREEDY: "Takes the most probable token each time.",
    SAMPLE: "Draws each token by its probability; the settings below change the odds.",
    BEAMS: "Looks for the most probable text as a whole; it is shown when the search ends.",
}

DEFAULTS: dict[str, object] = {
    keys.HOW: SAMPLE,
    keys.MAX_NEW_TOKENS: 40,
    keys.TEMPERATURE: 0.8,
    keys.TOP_K: 0,
    keys.TOP_P: 0.95,
    keys.MIN_P: 0.0,
    keys.TYPICAL_P: 1.0,
    keys.REPETITION_PENALTY: 1.0,
    keys.NO_REPEAT_NGRAM_SIZE: 0,
    keys.NUM_BEAMS: 4,
    keys.NUM_SAMPLES: 1,
    keys.SEED: 0,
    keys.STOP_STRINGS: "",
}


def set_defaults() -> None:
    """What is not set yet gets its value, so that the panel's name is right before it is drawn."""
    for key, value in DEFAULTS.items():
        st.session_state.setdefault(key, value)


def draw_settings() -> None:
    """The panel. Widgets hold the limits; the query checks them again."""
    with st.popover(_summary(), icon=":material/tune:", width="stretch"):
        st.segmented_control(
            _("How the next token is chosen"),
            list(HOW),
            key=keys.HOW,
            required=True,
            format_func=lambda how: _(HOW[how]),
            persist_state="session",
        )
        how = st.session_state[keys.HOW]
        st.caption(_(_MEANING[how]))
        left, right = st.columns(2)
        with left:
            _number(_("New tokens, at most"), keys.MAX_NEW_TOKENS, 1, 4096, 10)
            _number(_("Repetition penalty"), keys.REPETITION_PENALTY, 0.1, 10.0, 0.05)
        with right:
            _number(_("No n-gram twice (n; 0: off)"), keys.NO_REPEAT_NGRAM_SIZE, 0, 20, 1)
            if how == BEAMS:
                _number(_("Beams"), keys.NUM_BEAMS, 2, 16, 1)
        if how == SAMPLE:
            _draw_sampling()
        if how != BEAMS:
            st.text_area(
                _("Stop strings, one a line"),
                key=keys.STOP_STRINGS,
                height=68,
                help=_("The text ends with the token that completes one of them."),
                persist_state="session",
            )


def _draw_sampling() -> None:
    left, right = st.columns(2)
    with left:
        _number(_("Temperature"), keys.TEMPERATURE, 0.01, 100.0, 0.1)
        _number(_("Top-p (1: off)"), keys.TOP_P, 0.01, 1.0, 0.05)
        _number(_("Typical-p (1: off)"), keys.TYPICAL_P, 0.01, 1.0, 0.05)
        _number(_("Texts"), keys.NUM_SAMPLES, 1, 8, 1)
    with right:
        _number(_("Top-k (0: off)"), keys.TOP_K, 0, 1_000_000, 10)
        _number(_("Min-p (0: off)"), keys.MIN_P, 0.0, 1.0, 0.01)
        _number(_("Seed"), keys.SEED, 0, 2**32 - 1, 1)


def _number(label: str, key: str, low: float, high: float, step: float) -> None:
    st.number_input(
        label, min_value=low, max_value=high, step=step, key=key, persist_state="session"
    )


def _summary() -> str:
    """What the panel says while it is closed."""
    state = st.session_state
    tokens = _("{count} tokens").format(count=state[keys.MAX_NEW_TOKENS])
    if state[keys.HOW] == GREEDY:
        return _("Greedy, {tokens}").format(tokens=tokens)
    if state[keys.HOW] == BEAMS:
        return _("{count} beams, {tokens}").format(count=state[keys.NUM_BEAMS], tokens=tokens)
    return _("Sampling at {temperature:g}, {tokens}").format(
        temperature=state[keys.TEMPERATURE], tokens=tokens
    )


def read_query(prompt: str, messages: tuple[Message, ...]) -> GenerationQuery:
    """The query that the settings make; what belongs to another way of choosing takes no part.

    Raises InvalidInput for what cannot be meant.
    """
    state = st.session_state
    how = state[keys.HOW]
    sampling = Sampling(
        repetition_penalty=state[keys.REPETITION_PENALTY],
        no_repeat_ngram_size=state[keys.NO_REPEAT_NGRAM_SIZE],
    )
    query = GenerationQuery(
        prompt=prompt,
        messages=messages,
        max_new_tokens=state[keys.MAX_NEW_TOKENS],
        sampling=sampling,
    )
    if how == BEAMS:
        return replace(query, num_beams=state[keys.NUM_BEAMS])
    query = replace(query, stop=_stop_strings())
    if how == GREEDY:
        return query
    drawn = replace(
        sampling,
        do_sample=True,
        temperature=state[keys.TEMPERATURE],
        top_k=state[keys.TOP_K],
        top_p=state[keys.TOP_P],
        min_p=state[keys.MIN_P],
        typical_p=state[keys.TYPICAL_P],
    )
    return replace(
        query, sampling=drawn, num_samples=state[keys.NUM_SAMPLES], seed=state[keys.SEED]
    )


def _stop_strings() -> tuple[str, ...]:
    return tuple(line for line in st.session_state[keys.STOP_STRINGS].split("\n") if line)
