"""A share link to the page Guide: the chapter that is open."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from components import session, share_link
from components.guide import keys
from components.guide.chapters import CHAPTERS
from components.i18n import _


@dataclass(frozen=True, slots=True)
class GuideState:
    """chapter: an id of components.guide.chapters."""

    chapter: str = ""

    @property
    def text(self) -> str:
        """There is none to look at."""
        return ""


def apply() -> None:
    """Open the chapter that the link names, once."""
    params = st.query_params.to_dict()
    state = share_link.read_params(params, GuideState)
    if state is None:
        return
    applied = {"page": keys.PAGE, **params}
    if st.session_state.get(session.APPLIED_LINK) == applied:
        return
    first, *_others = CHAPTERS
    chapter = CHAPTERS[state.chapter if state.chapter in CHAPTERS else first]
    st.session_state[keys.CHAPTER] = _(chapter.label)
    st.session_state[session.APPLIED_LINK] = applied
