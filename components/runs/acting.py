"""What a click asks of the store, and what it is refused for."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components.error_box import show_error
from components.runs import keys
from loupe.errors import LoupeError


def act(what: Callable[[], object]) -> None:
    """In a callback: do it, and have the whole page drawn anew; a refusal is kept to be said."""
    st.session_state[keys.REDRAW] = True
    try:
        what()
    except LoupeError as error:
        st.session_state[keys.REFUSED] = error


def draw_refusal() -> None:
    """Say once what the last click was refused for."""
    refused = st.session_state.pop(keys.REFUSED, None)
    if isinstance(refused, LoupeError):
        show_error(refused, key=keys.REFUSED)
