"""What a click asks for, what came of it, and what it is refused for."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components import resources
from components.error_box import show_error
from components.models import keys
from loupe.errors import LoupeError


def act(what: Callable[[], str | None]) -> None:
    """In a callback: do it; a refusal, or what is to be told of it, is kept to be said once."""
    try:
        st.session_state[keys.SAID] = what()
    except LoupeError as error:
        st.session_state[keys.REFUSED] = error
    # What is here may be another: it is looked at anew.
    resources.inventory.clear()


def draw_said() -> None:
    """Say once what came of the last click."""
    said = st.session_state.pop(keys.SAID, None)
    if said:
        with st.container(border=True, horizontal=True, key=f"{keys.PAGE}_done"):
            st.markdown(":green[:material/check_circle:]", width="content")
            st.text(said)
    refused = st.session_state.pop(keys.REFUSED, None)
    if isinstance(refused, LoupeError):
        show_error(refused, key=keys.REFUSED)
