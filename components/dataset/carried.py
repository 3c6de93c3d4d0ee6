"""The dataset goes from page to page with its session.

Streamlit's widgets belong to the page that draws them, also those of one key: what was chosen on
another page is put into them here.
"""

from __future__ import annotations

import streamlit as st

from components.dataset import keys
from loupe.data.lens import LENSES

_HELD = keys.PAGE + "_held"
_DRAWN_BY = keys.PAGE + "_drawn_by"
_CARRIED = (
    *(keys.KIND, keys.SAMPLE, keys.PATH, keys.SIBLINGS),
    *(keys.HUB, keys.HUB_CONFIG, keys.HUB_SPLITS, keys.TASK),
    *(keys.role(lens, role) for lens, roles in LENSES.items() for role in roles),
)


def bring(page: str) -> None:
    """Call it before anything of the dataset is drawn, or set by a link."""
    if st.session_state.get(_DRAWN_BY) not in (None, page):
        for key, value in st.session_state.get(_HELD, {}).items():
            st.session_state[key] = value
    st.session_state[_DRAWN_BY] = page
    keep()


def keep() -> None:
    """Call it again once the widgets are drawn."""
    state = st.session_state
    st.session_state[_HELD] = {key: state[key] for key in _CARRIED if key in state}
