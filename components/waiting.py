"""Waiting for a checkpoint's worker, with what is known said and the way out kept."""

from __future__ import annotations

from typing import TypeVar

import streamlit as st

from components.i18n import _
from loupe.engine import State, Ticket

T = TypeVar("T")

# Answers that come within this are shown without a word about waiting: less would flicker.
_QUIET_S = 0.25
# How often what is known is said again; also how soon a page that is left stops waiting.
_TICK_S = 0.25


def wait_for(ticket: Ticket[T]) -> T:
    """The ticket's result. Says position and progress meanwhile; raises what the work raised.

    Leaving the page, or a newer run of it, ends the wait: work that has not begun is then dropped,
    and work under way is finished for whoever asks the same next.
    """
    try:
        return ticket.result(timeout_s=_QUIET_S)
    except TimeoutError:
        pass
    said = st.empty()
    try:
        while True:
            said.markdown(f":material/hourglass_empty: {_describe(ticket)}")
            try:
                return ticket.result(timeout_s=_TICK_S)
            except TimeoutError:
                continue
    finally:
        if ticket.state is State.QUEUED:
            ticket.cancel()
        said.empty()


def _describe(ticket: Ticket[T]) -> str:
    if ticket.state is State.LOADING:
        return _("Loading the checkpoint…")
    if ticket.state is State.QUEUED:
        return _("Waiting: {count} before you.").format(count=ticket.position())
    return _("Computing…")
