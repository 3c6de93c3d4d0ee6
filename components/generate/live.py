"""The text while it is written, and the way to stop it."""

from __future__ import annotations

import streamlit as st

from components.generate import keys, running
from components.generate.strip import draw_strip
from components.i18n import _
from components.token_strip import Measure
from loupe.engine import State, Ticket
from loupe.tasks.text_generation import GenerationResult

_EVERY_S = 0.2


def draw_live(measure: Measure) -> None:
    """Draw what is there, again and again, until the text has ended."""

    @st.fragment(run_every=_EVERY_S)
    def growing() -> None:
        asked = running.shown()
        if asked is None or asked.ticket is None or running.settle(asked, timeout_s=0):
            st.rerun()
        else:
            _draw(asked.ticket, measure)

    growing()


def _draw(ticket: Ticket[GenerationResult], measure: Measure) -> None:
    left, right = st.columns([4, 1], vertical_alignment="center")
    with left:
        st.markdown(f":material/hourglass_empty: {_said(ticket)}")
    with right:
        st.button(
            _("Stop"),
            key=keys.STOP,
            icon=":material/stop:",
            on_click=running.stop,
            width="stretch",
        )
    written = running.partial(ticket)
    if written is not None:
        sample = written.samples[_place(len(written.samples))]
        draw_strip(sample.trace, sample.prompt_tokens, measure, locked=True)


def _place(count: int) -> int:
    return min(int(st.session_state.get(keys.SAMPLE) or 0), count - 1)


def _said(ticket: Ticket[GenerationResult]) -> str:
    if ticket.state is State.LOADING:
        return _("Loading the checkpoint…")
    if ticket.state is State.QUEUED:
        return _("Waiting: {count} before you.").format(count=ticket.position())
    progress = ticket.progress
    if progress is None:
        return _("Reading the text…")
    written = running.partial(ticket)
    if written is None or written.timing is None:
        return _("Reading: {done} of {total} tokens").format(
            done=f"{progress.done:,}", total=f"{progress.total or 0:,}"
        )
    return _("{done} of {total} tokens, {speed:.1f} tokens/s").format(
        done=f"{progress.done:,}",
        total=f"{progress.total or 0:,}",
        speed=written.timing.tokens_per_s,
    )
