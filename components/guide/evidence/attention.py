"""Who may look at whom: the masks of three designs that are easily taken for one another."""

from __future__ import annotations

import streamlit as st

from components.figures.attention_masks import LABELS, attention_masks
from components.i18n import _
from components.theme import current_theme

_SOURCE = ("I", "am", "tired")
_TARGET = ("je", "suis", "fatigué")


def masks(key: str) -> None:
    """Draws them."""
    st.plotly_chart(
        attention_masks(
            _SOURCE,
            _TARGET,
            theme=current_theme(),
            labels={name: _(text) for name, text in LABELS.items()},
        ),
        key=key,
        config={"displayModeBar": False},
        alt=_("Three tables: which token looks at which, and with which weights"),
    )
