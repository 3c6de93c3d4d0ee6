"""The strip of a text: what the model was given and what it wrote, token by token."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile

import streamlit as st

from components.generate import keys
from components.i18n import _
from components.token_strip import (
    LABELS,
    Legend,
    Measure,
    StripPiece,
    clicked_index,
    pieces_from_trace,
    scale_of,
    token_strip,
)
from loupe.traces import TokenTrace

_DRAWN = "_drawn"
GIVEN_IN_VIEW = 120  # pieces
_GIVEN_PX = 190
MEASURES = {
    Measure.PROBABILITY: "Probability",
    Measure.RANK: "Rank",
    Measure.SURPRISAL: "Surprisal",
    Measure.ENTROPY: "Entropy",
}


def pick_measure() -> Measure:
    """What the colours say; the one chosen."""
    st.session_state.setdefault(keys.MEASURE, Measure.PROBABILITY.value)
    chosen = st.segmented_control(
        _("Colour"),
        [measure.value for measure in MEASURES],
        key=keys.MEASURE,
        required=True,
        format_func=lambda value: _(MEASURES[Measure(value)]),
        label_visibility="collapsed",
        persist_state="session",
    )
    return Measure(chosen or Measure.PROBABILITY)


def draw_strip(
    trace: TokenTrace,
    written_from: int | None,
    measure: Measure,
    *,
    locked: bool = False,
    selected: int | None = None,
    on_click: Callable[[int], None] | None = None,
    key: str = keys.STRIP,
) -> None:
    """Draw a trace. written_from: the first position that the model wrote; None: it wrote none.

    on_click: gets the position of the first token of the piece that was clicked.
    """
    labels = {name: _(text) for name, text in LABELS.items()}
    pieces = pieces_from_trace(
        trace,
        measure=measure,
        clickable=on_click is not None,
        written_from=written_from,
        selected=() if selected is None else (selected,),
        labels=labels,
    )

    def report() -> None:
        if on_click is not None:
            on_click(st.session_state[key + _DRAWN][clicked_index(key)][0])

    given = () if written_from is None else _given(pieces, written_from)
    if len(given) > GIVEN_IN_VIEW:
        # A long prompt scrolls by itself, so that what follows it stays in sight.
        st.caption(_("What the model was given"))
        with st.container(height=_GIVEN_PX, key=f"{key}_given"):
            read_only = tuple(replace(piece, clickable=False) for piece in given)
            token_strip(read_only, key=f"{key}_prompt", scale=scale_of(measure), labels=labels)
        st.caption(_("What it wrote"))
        pieces = pieces[len(given) :]
    # The click is about what was on the screen, not about what the next run would draw.
    st.session_state[key + _DRAWN] = tuple(piece.positions for piece in pieces)
    token_strip(
        pieces,
        key=key,
        scale=scale_of(measure),
        legend=_legend(measure, trace.vocab_size),
        locked=locked,
        labels=labels,
        on_click=report,
    )


def _given(pieces: Sequence[StripPiece], written_from: int) -> tuple[StripPiece, ...]:
    """The pieces before the first that holds a token of the continuation."""
    return tuple(takewhile(lambda piece: max(piece.positions) < written_from, pieces))


def _legend(measure: Measure, vocab_size: int) -> Legend:
    if measure is Measure.PROBABILITY:
        return Legend(_("probability (model)"), _("0 %"), _("100 %"))
    if measure is Measure.RANK:
        return Legend(_("rank: up to 10, 100, 1,000, beyond"), _("1"), _("> 1,000"))
    if measure is Measure.SURPRISAL:
        return Legend(_("surprisal (model)"), _("0 nats"), _("12 nats"))
    full = math.log(max(vocab_size, 2))
    return Legend(
        _("entropy: how open it was what comes"), _("0 nats"), _("{n:.1f} nats").format(n=full)
    )
