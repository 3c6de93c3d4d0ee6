"""An estimate from a sample at once, and the exact count for those who want to wait for it."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

import streamlit as st

from components.awaited import awaited
from components.i18n import _
from components.inspect import keys
from loupe.engine import Ticket
from loupe.engine.ticket import Progress

T = TypeVar("T")


def estimate(
    place: str,
    asked: Hashable,
    measure: Callable[[Ticket[T], int | None], T],
    *,
    sample: Callable[[Ticket[T]], int],
    is_estimate: Callable[[T], bool],
    said: Callable[[T], str],
) -> T | None:
    """The best answer that there is so far, labelled where it is an estimate; None before one.

    measure: of a sample of so many rows, of all where it is None. sample: how many, in the work.
    """
    first = awaited(
        f"{keys.PAGE}_{place}", asked, lambda ticket: measure(ticket, sample(ticket)), rows_done
    )
    if first is None or not is_estimate(first):
        return first
    wanted = f"{keys.PAGE}_{place}_exactly"
    if st.session_state.get(wanted) == asked:
        exact = awaited(
            f"{keys.PAGE}_{place}_exact", asked, lambda ticket: measure(ticket, None), rows_done
        )
        if exact is not None:
            return exact
        st.caption(said(first))
        return first
    left, right = st.columns([4, 1.4], vertical_alignment="center")
    left.caption(said(first))
    right.button(
        _("Count exactly"),
        key=f"{keys.PAGE}_{place}_count",
        icon=":material/functions:",
        on_click=_want,
        args=(wanted, asked),
    )
    return first


def rows_done(progress: Progress) -> str:
    """How far the counting is, in words."""
    return _("{done} of {total} rows").format(
        done=f"{progress.done:,}", total=f"{progress.total or 0:,}"
    )


def _want(wanted: str, asked: Hashable) -> None:
    st.session_state[wanted] = asked
