"""The tab "Save or share?": tables, JSON, and a link that opens the page as it is."""

from __future__ import annotations

import streamlit as st

from components import session, share_link
from components.fill_mask import keys
from components.fill_mask.defaults import DEFAULT_OTHER, DEFAULT_WORDS, SHOWN_DEFAULT
from components.fill_mask.hidden import hidden_spans
from components.hardware_panel import AUTO
from components.save_or_share import draw_downloads, draw_link
from loupe.checkpoints.ref import CheckpointRef
from loupe.tasks.fill_mask import FillMaskResult
from loupe.tasks.fill_mask.export import rows, to_json


def draw_keep(ref: CheckpointRef, result: FillMaskResult) -> None:
    """Downloads and the link."""
    draw_downloads(rows(result), to_json(result), page=keys.PAGE, name="fill-mask")
    draw_link(_state(ref, result.query.text))


def _state(ref: CheckpointRef, text: str) -> share_link.FillMaskState:
    def unless(default: object, key: str) -> str:
        value = st.session_state.get(key, default) or default
        return "" if value == default else str(value)

    return share_link.FillMaskState(
        text=text,
        model=str(ref),
        hide=share_link.spans_to_text(hidden_spans(text)),
        words=unless(DEFAULT_WORDS, keys.WORDS),
        top=unless(SHOWN_DEFAULT, keys.SHOWN),
        other=unless(str(DEFAULT_OTHER), keys.OTHER),
        dtype=unless(AUTO, session.DTYPE),
    )
