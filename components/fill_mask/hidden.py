"""Which places of the text the person has hidden by clicks, kept while the text is edited."""

from __future__ import annotations

import streamlit as st

from components.fill_mask import keys

Span = tuple[int, int]


def hidden_spans(text: str) -> tuple[Span, ...]:
    """The hidden places of this text. After an edit, those that the edit did not touch remain."""
    before = st.session_state.get(keys.HIDDEN_IN, text)
    spans: tuple[Span, ...] = st.session_state.get(keys.HIDDEN, ())
    if before != text:
        spans = carry_spans(before, text, spans)
        keep_hidden(text, spans)
    return spans


def keep_hidden(text: str, spans: tuple[Span, ...]) -> None:
    """Remember the hidden places of a text."""
    st.session_state[keys.HIDDEN] = spans
    st.session_state[keys.HIDDEN_IN] = text


def carry_spans(before: str, after: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Spans of `before` as spans of `after`: those in the unchanged beginning and end."""
    shortest = min(len(before), len(after))
    head = next((i for i in range(shortest) if before[i] != after[i]), shortest)
    tail = next((i for i in range(shortest) if before[-1 - i] != after[-1 - i]), shortest)
    moved = len(after) - len(before)
    carried: list[Span] = []
    for start, end in spans:
        if end <= head:
            carried.append((start, end))
        # Head and tail overlap where what was typed begins like what follows it.
        elif start >= len(before) - tail and (not carried or start + moved >= carried[-1][1]):
            carried.append((start + moved, end + moved))
    return tuple(carried)
