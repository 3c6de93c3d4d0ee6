"""How far a document is, and the way to stop it."""

from __future__ import annotations

import time

import streamlit as st

from components.i18n import _
from components.translate import keys
from components.translate.answers import Document
from components.translate.document.wording import Wording, wording
from components.translate.document.work import Work
from loupe.engine import State, Ticket

# How often progress says what it knows.
_TICK_S = 0.5


def follow(work: Work) -> None:
    """Draw the bar, again and again, until the work has ended."""

    @st.fragment(run_every=_TICK_S, key=f"{keys.DOCUMENT}_watch")
    def following() -> None:
        if not work.is_running:
            st.rerun()
        with st.container(border=True):
            elapsed_s = time.monotonic() - work.started_s
            share, said = describe(work.ticket, elapsed_s, wording(work.mode))
            st.progress(share, text=said)
            st.button(
                _("Cancel"),
                key=f"{keys.DOCUMENT}_cancel",
                on_click=_cancel,
                args=(work,),
                help=_("The model stops at the next token; what was done is dropped."),
            )

    following()


def _cancel(work: Work) -> None:
    work.ticket.cancel()


def describe(ticket: Ticket[Document], elapsed_s: float, words: Wording) -> tuple[float, str]:
    """(share that is done, in words)."""
    if ticket.state is State.LOADING:
        return 0.0, _("Loading the checkpoint…")
    if ticket.state is State.QUEUED:
        return 0.0, _("Waiting: {count} before you.").format(count=ticket.position())
    progress = ticket.progress
    if progress is None or not progress.total:
        return 0.0, _(words.finding)
    share = min(1.0, progress.done / progress.total)
    said = _(words.done_of_total).format(done=f"{progress.done:,}", total=f"{progress.total:,}")
    if 0 < share < 1:
        # The longest are decoded first, so this is more likely too much than too little.
        minutes, seconds = divmod(round(elapsed_s * (1 - share) / share), 60)
        said += " · " + _("{time} left").format(time=f"{minutes}:{seconds:02d}")
    return share, said
