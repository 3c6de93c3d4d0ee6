"""The strip of the text's tokens: a click hides one, another click shows it again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from components.fill_mask import keys
from components.fill_mask.hidden import carry_spans, hidden_spans, keep_hidden
from components.i18n import _
from components.token_strip import (
    LABELS,
    Legend,
    StripPiece,
    clicked_index,
    pieces_from_trace,
    token_strip,
)
from loupe.tasks.fill_mask import is_plain_word
from loupe.traces import TokenKind, TokenRecord, TokenTrace

_DRAWN = keys.STRIP + "_drawn"


def draw_strip(trace: TokenTrace) -> None:
    """Draw the trace; clicks change what is hidden before the page runs again."""
    labels = {name: _(text) for name, text in LABELS.items()}
    pieces = pieces_from_trace(trace, labels=labels)
    if len(trace.masks) > 1:
        pieces = _numbered(pieces)
    # The click is about what was on the screen, not about what the next run would compute.
    st.session_state[_DRAWN] = (trace, tuple(piece.positions for piece in pieces))
    st.caption(_("Click a word to hide it from the model; click it again to show it."))
    title = _("probability of the best guess (model)")
    token_strip(
        pieces,
        key=keys.STRIP,
        legend=Legend(title, _("0 %"), _("100 %")) if trace.masks else None,
        labels=labels,
        on_click=_toggle,
    )


def _numbered(pieces: Sequence[StripPiece]) -> tuple[StripPiece, ...]:
    """Masks with the numbers that the figures below give them."""
    numbered, number = [], 0
    for piece in pieces:
        if piece.kind == "mask" and piece.caption is not None:
            number += 1
            piece = replace(piece, caption=f"{number}. {piece.caption}")
            number += len(piece.positions) - 1
        numbered.append(piece)
    return tuple(numbered)


def _toggle() -> None:
    trace, positions_of = st.session_state[_DRAWN]
    tokens = [trace.tokens[i] for i in positions_of[clicked_index(keys.STRIP)]]
    text = st.session_state[keys.TEXT]
    # The box may hold a newer text than the strip: a place that is no longer there is left alone.
    drawn = tuple(token.span for token in tokens if token.span is not None)
    touched = carry_spans(trace.text, text, drawn)
    if not drawn or len(touched) < len(drawn):
        return
    start, end = min(span[0] for span in touched), max(span[1] for span in touched)
    spans = hidden_spans(text)
    if any(token.hidden for token in tokens):
        keep_hidden(text, tuple(s for s in spans if s[1] <= start or s[0] >= end))
    elif any(token.kind is TokenKind.MASK for token in tokens):
        _fill_in(text, start, end, tokens[0])
    else:
        keep_hidden(text, tuple(sorted({*spans, *touched})))


def _fill_in(text: str, start: int, end: int, mask: TokenRecord) -> None:
    """Show a mask that is written in the text: nothing hides below it, so its best guess comes.

    Only a guess that is a word or a sign can stand in a text; a click on it hides it again.
    """
    guess = next((e.text for e in mask.top if is_plain_word(e)), None)
    if guess is not None:
        st.session_state[keys.TEXT] = text[:start] + guess + text[end:]
        st.toast(_("The gap is filled with the best guess. Click it to hide it again."))
