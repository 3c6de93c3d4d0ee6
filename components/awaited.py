"""What a tab needs and is computed in the background: once, and kept in the session."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from components import background
from components.error_box import show_error
from components.following import follow
from components.i18n import _
from components.orphans import watch
from loupe.engine import Ticket
from loupe.engine.ticket import Progress
from loupe.errors import LoupeError

T = TypeVar("T")

_QUIET_S = 0.4
# Answers that are kept: going back to one shows it at once.
_KEPT = 4


@dataclass(frozen=True, slots=True)
class _Work:
    ticket: Ticket[Any]
    started_s: float


def awaited(
    key: str, asked: Hashable, work: Callable[[Ticket[T]], T], say: Callable[[Progress], str]
) -> T | None:
    """The answer to what is asked; None while it is computed or cannot be, which is then drawn.

    key: of the session, under which the last few answers are kept by what was asked; beginning
    another piece of work cancels the one that runs. say: progress in words, translated.
    """
    held: dict[Hashable, _Work] = st.session_state.setdefault(key, {})
    if asked not in held:
        # One that was cancelled, or failed, is asked for again when somebody comes back to it.
        kept = {name: old for name, old in held.items() if _is_answered(old)}
        for name in held.keys() - kept.keys():
            held[name].ticket.cancel()
        held = dict(list(kept.items())[1 - _KEPT :])
        held[asked] = _Work(background.start(work), time.monotonic())
        watch(held[asked].ticket)
        st.session_state[key] = held
    found = held[asked]
    try:
        answer: T = found.ticket.result(timeout_s=_QUIET_S)
        return answer
    except TimeoutError:
        follow(found.ticket, say, key=key, started_s=found.started_s)
    except LoupeError as error:
        show_error(error, key=key)
        st.button(_("Try again"), key=f"{key}_again", on_click=_forget, args=(key, asked))
    return None


def _is_answered(work: _Work) -> bool:
    try:
        work.ticket.result(timeout_s=0)
    except (TimeoutError, LoupeError):
        return False
    return True


def _forget(key: str, asked: Hashable) -> None:
    st.session_state.get(key, {}).pop(asked, None)
