"""A share link to the page Translate and summarise, and how it is put into effect."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components import session, share_link
from components.i18n import _
from components.translate import branches, keys
from components.translate.answers import Result
from components.translate.ask import BEAMS_MAX
from components.translate.direction import direction_id
from components.translate.modes import MODES, TRANSLATE, Mode
from components.translate.offers import default_checkpoint, default_second
from loupe.engine.devices import DTYPES
from loupe.engine.seq2seq.settings import MAX_NEW_TOKENS
from loupe.tasks.translation import Direction, TranslationResult

# Above the largest vocabularies; a checkpoint refuses what its own lacks.
_LARGEST_ID = 9_999_999
_APPLIED_QUESTION = keys.PAGE + "_applied_question"


@dataclass(frozen=True, slots=True)
class TranslateState:
    """What the page shows. Empty values are the page's defaults.

    mode: an id of components.translate.modes. direction: codes of both sides, as
    components.translate.direction writes them. beams, tokens: numbers. begin: token ids parted by
    commas, the beginning that a person chose. tab: an id of the mode's tabs. dtype: the precision,
    where one is chosen. second, second_direction: of the tab "Another model?".
    """

    mode: str = ""
    text: str = ""
    model: str = ""
    direction: str = ""
    beams: str = ""
    tokens: str = ""
    begin: str = ""
    tab: str = ""
    dtype: str = ""
    second: str = ""
    second_direction: str = ""


def apply() -> None:
    """Set the page's widgets to what the link says, once.

    The link stays in the address, so that a reload shows the same, until something else is asked;
    then the address is cleared, and going back to it does not undo what was typed.
    """
    params = st.query_params.to_dict()
    # That is not the link's: it comes and goes with the document that is shown.
    params.pop(keys.DOCUMENT_PARAM, None)
    state = share_link.read_params(params, TranslateState)
    if state is None:
        return
    # With the page's name: a link to another page may have the same parameters.
    applied = {"page": keys.PAGE, **params}
    if st.session_state.get(session.APPLIED_LINK) != applied:
        _apply(state)
        st.session_state[session.APPLIED_LINK] = applied
    elif _question() != st.session_state.get(_APPLIED_QUESTION):
        st.query_params.clear()


def _apply(state: TranslateState) -> None:
    mode = MODES.get(state.mode, TRANSLATE)
    st.session_state[keys.MODE] = mode.id
    st.session_state[keys.TEXT] = state.text or mode.text
    st.session_state[keys.checkpoint(mode)] = state.model or str(default_checkpoint(mode))
    st.session_state[keys.LINKED_DIRECTION] = state.direction
    if state.second:
        st.session_state[keys.second(mode)] = state.second
        st.session_state[keys.SECOND.linked] = state.second_direction
    st.session_state[keys.BEAMS] = _number(state.beams, BEAMS_MAX, 1)
    longest = _number(state.tokens, MAX_NEW_TOKENS, mode.max_new_tokens)
    st.session_state[keys.max_new_tokens(mode)] = longest
    branches.begin_with(_ids(state.begin))
    if state.dtype in DTYPES:
        st.session_state[session.DTYPE] = state.dtype
    first, *_others = mode.tabs
    tab = state.tab if state.tab in mode.tabs else first
    # Streamlit names the open tab by its label, in this session's language.
    st.session_state[keys.tabs(mode)] = _(mode.tabs[tab])
    st.session_state[_APPLIED_QUESTION] = _question()


def _number(text: str, most: int, otherwise: int) -> int:
    """A number from 1 to `most`; what is none, or is beyond it, is left to the page."""
    # Python refuses to read numbers of thousands of digits, and reads other scripts' digits.
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(most))):
        return otherwise
    return int(text) if 1 <= int(text) <= most else otherwise


def _ids(text: str) -> tuple[int, ...]:
    """Token ids; none where any of them is no number that a vocabulary could have."""
    parts = text.split(",") if text else []
    longest = len(str(_LARGEST_ID))
    if len(parts) > MAX_NEW_TOKENS or not all(
        part.isascii() and part.isdecimal() and len(part) <= longest for part in parts
    ):
        return ()
    return tuple(map(int, parts))


def _question() -> tuple[object, ...]:
    """What is asked: the link no longer says it once this has changed."""
    asked = (keys.MODE, keys.TEXT, keys.BEAMS, *map(keys.checkpoint, MODES.values()))
    return tuple(st.session_state.get(key) or "" for key in asked)


def state_of(mode: Mode, model: str, result: Result) -> TranslateState:
    """What a link to the page as it stands says."""
    dtype = st.session_state.get(session.DTYPE, "")
    query = result.query
    longest = query.max_new_tokens
    second = st.session_state.get(keys.second(mode)) or ""
    second = "" if second == str(default_second(mode)) else second
    return TranslateState(
        mode=mode.id,
        text=query.text,
        model=model,
        direction=_direction_of(result),
        beams=str(query.num_beams) if query.num_beams > 1 else "",
        tokens=str(longest) if longest != mode.max_new_tokens else "",
        begin=",".join(map(str, query.prefix)),
        dtype=dtype if dtype in DTYPES else "",
        second=second,
        second_direction=_second_direction() if second else "",
    )


def _second_direction() -> str:
    """As last chosen in that tab; nothing where it was not opened."""
    chosen = st.session_state.get(keys.SECOND_CHOSEN)
    return direction_id(chosen) if isinstance(chosen, Direction) else ""


def _direction_of(result: Result) -> str:
    """Nothing where the checkpoint does not say: there is then no choice to keep."""
    if not isinstance(result, TranslationResult):
        return ""
    direction = result.direction
    return direction_id(direction) if direction.source or direction.target else ""
