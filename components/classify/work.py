"""Long work that this session has asked for: under way or done, and kept over other pages."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import streamlit as st

from components.error_box import show_error
from components.following import follow, is_running
from components.i18n import _
from components.orphans import watch
from loupe.engine import ModelKey, Ticket
from loupe.engine.ticket import Progress
from loupe.errors import Cancelled, LoupeError

# How long the work goes on for nobody: a train in a tunnel.
GRACE_S = 30.0

Asked = TypeVar("Asked")
Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Work(Generic[Asked, Answer]):
    """asked: all that the answer is drawn with. number: no other work of the session has it.

    key: of the checkpoint. started_s: on the monotonic clock.
    """

    number: int
    key: ModelKey
    asked: Asked
    ticket: Ticket[Answer]
    started_s: float

    @property
    def is_running(self) -> bool:
        return is_running(self.ticket)


def held(key: str) -> Work[Any, Any] | None:
    """What was asked for under this key of the session."""
    found = st.session_state.get(key)
    return found if isinstance(found, Work) else None


def start(
    key: str, model: ModelKey, asked: Asked, submit: Callable[[Asked], Ticket[Answer]]
) -> None:
    """Ask for it, instead of what was before; where that fails, `show_failure` says so."""
    try:
        ticket = submit(asked)
    except LoupeError as error:
        st.session_state[f"{key}_failed"] = error
        return
    before = held(key)
    if before is not None:
        before.ticket.cancel()
    watch(ticket, GRACE_S)
    number = st.session_state.get(f"{key}_number", 0) + 1
    st.session_state[f"{key}_number"] = number
    st.session_state[key] = Work(number, model, asked, ticket, time.monotonic())


def show_failure(key: str) -> None:
    """Say once why the last start failed."""
    failed = st.session_state.pop(f"{key}_failed", None)
    if isinstance(failed, LoupeError):
        show_error(failed, key=key)


def answer_of(key: str, work: Work[Asked, Answer], said: str) -> Answer | None:
    """The answer; None while it is computed or where there is none, which is drawn.

    said: progress in words, translated, with fields `done` and `total`.
    """
    if work.is_running:
        follow(
            work.ticket,
            lambda progress: _in_words(said, progress),
            key=key,
            started_s=work.started_s,
        )
        return None
    try:
        return work.ticket.result(timeout_s=0)
    except Cancelled:
        st.text(_("Cancelled. What had been done was dropped."))
    except LoupeError as error:
        show_error(error, key=key)
    return None


def _in_words(said: str, progress: Progress) -> str:
    return said.format(done=f"{progress.done:,}", total=f"{progress.total or 0:,}")
