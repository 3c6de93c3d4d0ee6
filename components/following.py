"""Long work that a page follows without waiting for it: progress with numbers, and a way out."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from components.i18n import _
from loupe.engine import State, Ticket
from loupe.engine.ticket import Progress

# How often progress says what it knows.
_TICK_S = 0.4
# Before this, how long it has taken says nothing about how long it will.
_TELLS_S = 1.5


def is_running(ticket: Ticket[Any]) -> bool:
    """Whether its end is still to come."""
    return ticket.state in (State.QUEUED, State.LOADING, State.RUNNING)


def follow(
    ticket: Ticket[Any], say: Callable[[Progress], str], *, key: str, started_s: float
) -> None:
    """Draw how far the work is, again and again, then let the page run anew.

    say: progress in words, translated. started_s: on the monotonic clock. The work of a button
    Cancel is the ticket's own: what was done is dropped.
    """

    @st.fragment(run_every=_TICK_S, key=f"{key}_following")
    def following() -> None:
        if not is_running(ticket):
            st.rerun()
        share, said = describe(ticket, say, time.monotonic() - started_s)
        bar, button = st.columns([5, 1], vertical_alignment="center")
        with bar:
            if share is None:
                st.markdown(f":material/hourglass_empty: {said}")
            else:
                st.progress(share, text=said)
        with button:
            st.button(_("Cancel"), key=f"{key}_cancel", on_click=_cancel, args=(ticket,))

    following()


def _cancel(ticket: Ticket[Any]) -> None:
    ticket.cancel()


def describe(
    ticket: Ticket[Any], say: Callable[[Progress], str], elapsed_s: float
) -> tuple[float | None, str]:
    """(share that is done, None where nobody knows; in words)."""
    progress = ticket.progress
    if ticket.state is State.QUEUED:
        return None, _("Waiting for other work to end…")
    if progress is None:
        return None, _("Working…")
    if not progress.total:
        return None, say(progress)
    share = min(1.0, progress.done / progress.total)
    said = say(progress)
    if 0 < share < 1 and elapsed_s > _TELLS_S:
        minutes, seconds = divmod(round(elapsed_s * (1 - share) / share), 60)
        said += " · " + _("{time} left").format(time=f"{minutes}:{seconds:02d}")
    return share, said
