"""The strip of the text's tokens: a click hides one, another click shows it again."""

from __future__ import annotations

import streamlit as st

from components.fill_mask import keys
from components.fill_mask.hidden import hidden_spans, keep_hidden
from components.i18n import _
from components.token_strip import (
    LABELS,
    Legend,
    clicked_index,
    pieces_from_trace,
    token_strip,
)
from loupe.traces import TokenKind, TokenTrace

_DRAWN = keys.STRIP + "_drawn"


def draw_strip(trace: TokenTrace) -> None:
    """Draw the trace; clicks change what is hidden before the page runs again."""
    labels = {name: _(text) for name, text in LABELS.items()}
    pieces = pieces_from_trace(trace, labels=labels)
    # The click is about what was on the screen, not about what the next run would compute.
    st.session_state[_DRAWN] = (trace, tuple(piece.positions for piece in pieces))
    token_strip(
        pieces,
        key=keys.STRIP,
        legend=Legend(_("probability of the best guess (model)"), _("0 %"), _("100 %")),
        labels=labels,
        on_click=_toggle,
    )


def _toggle() -> None:
    trace, positions_of = st.session_state[_DRAWN]
    tokens = [trace.tokens[i] for i in positions_of[clicked_index(keys.STRIP)]]
    touched = [token.span for token in tokens if token.span is not None]
    if not touched:
        return
    text = st.session_state[keys.TEXT]
    start, end = min(span[0] for span in touched), max(span[1] for span in touched)
    spans = hidden_spans(text)
    if any(token.hidden for token in tokens):
        keep_hidden(text, tuple(s for s in spans if s[1] <= start or s[0] >= end))
    elif any(token.kind is TokenKind.MASK for token in tokens):
        # A mask that is written in the text hides nothing: filling it is the only way to show it.
        guess = tokens[0].top[0].text.removeprefix("…") if tokens[0].top else ""
        st.session_state[keys.TEXT] = text[:start] + guess + text[end:]
    else:
        keep_hidden(text, tuple(sorted({*spans, *touched})))
