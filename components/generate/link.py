"""A share link to the page Generate: what it says, and how it is put into effect."""

from __future__ import annotations

import math
from dataclasses import dataclass

import streamlit as st

from components import session, share_link
from components.generate import keys
from components.generate.modes import CONTINUE, DEFAULT_PROMPT, MODES, SCORE, Mode
from components.generate.settings import DEFAULTS, HOW
from components.i18n import _
from loupe.engine.devices import DTYPES

_APPLIED_QUESTION = keys.PAGE + "_applied_question"


@dataclass(frozen=True, slots=True)
class GenerateState:
    """What the page shows. Empty values are the page's defaults; a dialogue's turns are not in it.

    mode: an id of components.generate.modes. text: the prompt, the message or the text to score.
    settings: `name=value` parted by commas, those that are not as the page has them. stop: stop
    strings, one a line. other: the checkpoint it is compared with.
    """

    mode: str = ""
    text: str = ""
    model: str = ""
    settings: str = ""
    stop: str = ""
    tab: str = ""
    dtype: str = ""
    other: str = ""


_TEXT_OF = {"continue": keys.PROMPT, "chat": keys.MESSAGE, "score": keys.SCORED}


def apply() -> None:
    """Set the page's widgets to what the link says, once; see components.classify.link."""
    params = st.query_params.to_dict()
    state = share_link.read_params(params, GenerateState)
    if state is None:
        return
    applied = {"page": keys.PAGE, **params}
    if st.session_state.get(session.APPLIED_LINK) != applied:
        _apply(state)
        st.session_state[session.APPLIED_LINK] = applied
    elif _question() != st.session_state[_APPLIED_QUESTION]:
        st.query_params.clear()


def _apply(state: GenerateState) -> None:
    mode = MODES.get(state.mode, CONTINUE)
    st.session_state[keys.MODE] = mode.id
    if state.text or mode is CONTINUE:
        st.session_state[_TEXT_OF[mode.id]] = state.text or DEFAULT_PROMPT
    if state.model:
        st.session_state[keys.CHECKPOINT] = state.model
    if state.other:
        st.session_state[keys.OTHER] = state.other
    if state.dtype in DTYPES:
        st.session_state[session.DTYPE] = state.dtype
    st.session_state.update(DEFAULTS)
    st.session_state.update(_read_settings(state.settings))
    st.session_state[keys.STOP_STRINGS] = state.stop
    first, *_others = mode.tabs
    tab = state.tab if state.tab in mode.tabs else first
    st.session_state[keys.tabs(mode)] = _(mode.tabs[tab])
    st.session_state.pop(keys.STATE, None)
    st.session_state[_APPLIED_QUESTION] = _question()


# What the widgets take; a number outside is left as it is.
_LIMITS: dict[str, tuple[float, float]] = {
    keys.MAX_NEW_TOKENS: (1, 4096),
    keys.TEMPERATURE: (0.01, 100.0),
    keys.TOP_K: (0, 1_000_000),
    keys.TOP_P: (0.01, 1.0),
    keys.MIN_P: (0.0, 1.0),
    keys.TYPICAL_P: (0.01, 1.0),
    keys.REPETITION_PENALTY: (0.1, 10.0),
    keys.NO_REPEAT_NGRAM_SIZE: (0, 20),
    keys.NUM_BEAMS: (2, 16),
    keys.NUM_SAMPLES: (1, 8),
    keys.SEED: (0, 2**32 - 1),
}


def _read_settings(text: str) -> dict[str, object]:
    read: dict[str, object] = {}
    for part in text.split(","):
        name, _equals, value = part.partition("=")
        key = session.key(keys.PAGE, name)
        if key == keys.HOW and value in HOW:
            read[key] = value
        elif key in _LIMITS and (number := _number(value, *_LIMITS[key])) is not None:
            read[key] = type(DEFAULTS[key])(number)  # type: ignore[call-arg]
    return read


def _number(text: str, low: float, high: float) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and low <= number <= high else None


def _question() -> tuple[object, ...]:
    """What is asked: the link no longer says it once this has changed."""
    asked = (keys.MODE, keys.CHECKPOINT, *_TEXT_OF.values(), *DEFAULTS)
    return tuple(st.session_state.get(key) or "" for key in asked)


def state_of(mode: Mode, model: str, text: str) -> GenerateState:
    """What a link to the page as it stands says."""
    state = st.session_state
    changed = [
        f"{key.removeprefix(keys.PAGE + '_')}={state[key]}"
        for key, value in DEFAULTS.items()
        if key != keys.STOP_STRINGS and state.get(key, value) != value and mode is not SCORE
    ]
    dtype = state.get(session.DTYPE, "")
    return GenerateState(
        mode=mode.id,
        text=text,
        model=model,
        settings=",".join(changed),
        stop="" if mode is SCORE else state.get(keys.STOP_STRINGS, ""),
        dtype=dtype if dtype in DTYPES else "",
    )
