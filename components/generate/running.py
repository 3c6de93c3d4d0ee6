"""What was asked of the model, what it has written so far, and what came of it.

The page never waits for a long text: it asks, and draws what there is a few times a second until
the text has ended. So the person can stop it, and look at what was written until then.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from components import resources
from components.generate import keys
from components.orphans import watch
from loupe.engine import ModelKey, State, Ticket
from loupe.errors import Cancelled, LoupeError
from loupe.tasks import text_generation
from loupe.tasks.text_generation import GenerationQuery, GenerationResult

# Texts that end within this are shown whole, without having grown.
_QUIET_S = 0.3
# A token of a model that suits the machine takes less.
_STOPS_WITHIN_S = 0.5
# Texts before a branch that can be gone back to.
_KEPT = 20


@dataclass(slots=True)
class Asked:
    """One question and its answer. result: also what there was when it was stopped."""

    key: ModelKey
    query: GenerationQuery
    ticket: Ticket[GenerationResult] | None = None
    result: GenerationResult | None = None
    error: LoupeError | None = None


@dataclass(slots=True)
class History:
    """The question that is shown, and those before its branches. number: of branches, ever."""

    now: Asked
    before: list[Asked] = field(default_factory=list)
    number: int = 0


def shown() -> Asked | None:
    """The question that the page shows, if one was asked in this session."""
    history = _history()
    return None if history is None else history.now


def ask(key: ModelKey, query: GenerationQuery, *, branch: bool = False) -> None:
    """Ask it. branch: the text that is shown can be gone back to."""
    history = _history()
    stop()
    now = Asked(key, query)
    before = []
    if branch and history is not None:
        before = [*history.before, history.now][-_KEPT:]
    st.session_state[keys.STATE] = History(now, before, branches() + branch)
    st.session_state.pop(keys.SELECTED, None)
    try:
        now.ticket = text_generation.submit(resources.pool(), key, query)
    except LoupeError as error:
        now.error = error
    else:
        watch(now.ticket)


def settle(asked: Asked, timeout_s: float = _QUIET_S) -> bool:
    """Whether the answer is there, waiting a moment for it."""
    if asked.ticket is None:
        return True
    try:
        asked.result = asked.ticket.result(timeout_s)
    except TimeoutError:
        return False
    except Cancelled as error:
        asked.result = asked.result or partial(asked.ticket)
        asked.error = None if asked.result is not None else error
    except LoupeError as error:
        asked.error = error
    asked.ticket = None
    return True


def stop() -> None:
    """End the model's work at its next token; what is written stays."""
    asked = shown()
    if asked is None or asked.ticket is None:
        return
    asked.result = partial(asked.ticket)
    asked.ticket.cancel()
    # The sidebar, which is drawn next, shall not say that it still runs.
    asked.ticket.wait_for_end(_STOPS_WITHIN_S)
    settle(asked, timeout_s=0)


def partial(ticket: Ticket[Any]) -> GenerationResult | None:
    """What is written up to now."""
    progress = ticket.progress
    written = None if progress is None else progress.partial
    return written if isinstance(written, GenerationResult) else None


def go_back() -> None:
    """Show the text before the last branch again."""
    history = _history()
    if history is not None and history.before:
        stop()
        earlier, last = history.before[:-1], history.before[-1]
        st.session_state[keys.STATE] = History(last, earlier, history.number)
        st.session_state.pop(keys.SELECTED, None)


def branches() -> int:
    """How many branches this session has taken."""
    history = _history()
    return 0 if history is None else history.number


def can_go_back() -> bool:
    history = _history()
    return history is not None and bool(history.before)


def waiting(ticket: Ticket[Any]) -> bool:
    """Whether the model has not begun."""
    return ticket.state in (State.QUEUED, State.LOADING)


def _history() -> History | None:
    history: History | None = st.session_state.get(keys.STATE)
    return history
