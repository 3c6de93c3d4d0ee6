"""A share link to the page Classify and tag, put into effect."""

from __future__ import annotations

import streamlit as st

from components import session, share_link
from components.classify import keys
from components.classify.modes import CLASSIFY, EXAMPLE_LABELS, MODES, ZERO_SHOT, Mode
from components.i18n import _
from loupe.engine.devices import DTYPES
from loupe.tasks.zero_shot_classification import DEFAULT_TEMPLATE, ZeroShotQuery

_APPLIED_QUESTION = keys.PAGE + "_applied_question"


def apply() -> None:
    """Set the page's widgets to what the link says, once.

    The link stays in the address, so that a reload shows the same, until something else is asked;
    then the address is cleared, and going back to it does not undo what was typed.
    """
    params = st.query_params.to_dict()
    state = share_link.read_params(params, share_link.ClassifyState)
    if state is None:
        return
    # With the page's name: a link to another page may have the same parameters.
    applied = {"page": keys.PAGE, **params}
    if st.session_state.get(session.APPLIED_LINK) != applied:
        _apply(state)
        st.session_state[session.APPLIED_LINK] = applied
    elif _question() != st.session_state[_APPLIED_QUESTION]:
        st.query_params.clear()


def _apply(state: share_link.ClassifyState) -> None:
    mode = MODES.get(state.mode, CLASSIFY)
    st.session_state[keys.MODE] = mode.id
    st.session_state[keys.TEXT] = state.text or mode.text
    st.session_state[keys.PAIR] = state.pair
    st.session_state[keys.checkpoint(mode)] = state.model or str(mode.checkpoint)
    if mode is ZERO_SHOT:
        st.session_state[keys.LABELS] = state.labels or "\n".join(EXAMPLE_LABELS)
        st.session_state[keys.TEMPLATE] = state.template or DEFAULT_TEMPLATE
        st.session_state[keys.SEVERAL] = bool(state.several)
    if state.other:
        st.session_state[keys.other(mode)] = state.other
    if state.dtype in DTYPES:
        st.session_state[session.DTYPE] = state.dtype
    first, *_others = mode.tabs
    tab = state.tab if state.tab in mode.tabs else first
    # Streamlit names the open tab by its label, in this session's language.
    st.session_state[keys.tabs(mode)] = _(mode.tabs[tab])
    st.session_state[_APPLIED_QUESTION] = _question()


def _question() -> tuple[object, ...]:
    """What is asked: the link no longer says it once this has changed."""
    own = (keys.LABELS, keys.TEMPLATE, keys.SEVERAL)
    asked = (keys.MODE, keys.TEXT, keys.PAIR, *own, *map(keys.checkpoint, MODES.values()))
    return tuple(st.session_state.get(key) or "" for key in asked)


def state_of(mode: Mode, model: str, text: str, pair: str) -> share_link.ClassifyState:
    """What a link to the page as it stands says."""
    return share_link.ClassifyState(
        mode=mode.id, text=text, pair=pair, model=model, dtype=_chosen_dtype()
    )


def state_of_own_labels(model: str, query: ZeroShotQuery) -> share_link.ClassifyState:
    """The same where labels are one's own."""
    return share_link.ClassifyState(
        mode=ZERO_SHOT.id,
        text=query.text,
        model=model,
        dtype=_chosen_dtype(),
        labels="\n".join(query.labels),
        template=query.template,
        several="1" if query.multi_label else "",
    )


def _chosen_dtype() -> str:
    dtype = st.session_state.get(session.DTYPE, "")
    return dtype if dtype in DTYPES else ""
