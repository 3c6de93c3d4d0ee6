"""Cutting texts in the background, with tokenizers that no other thread uses meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from components import background, resources
from components.tokenizer import keys
from components.waiting import wait_for
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import State, Ticket
from loupe.tokenization import CutText, cut
from loupe.tokenization.shelf import Held

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Asked:
    """what: of which kind. text: None where the question is not about the page's text."""

    what: str
    ref: CheckpointRef
    text: str | None


def cut_with(ref: CheckpointRef, text: str, *, with_stages: bool = True) -> CutText:
    """The text as this checkpoint cuts it; waits. Raises what loading and `cut` raise."""
    what = "stages" if with_stages else "tokens"
    return answer(
        what,
        ref,
        lambda held: cut(held.alone, text, held.name, with_stages=with_stages),
        text=text,
    )


def answer(
    what: str, ref: CheckpointRef, work: Callable[[Held], T], *, text: str | None = None
) -> T:
    """What `work` makes of a checkpoint's tokenizer, computed once while the text stays as it is.

    what, ref and text together name the question. Raises what loading and the work raise.
    """
    asked = _Asked(what, ref, text)
    held: dict[_Asked, Ticket[Any]] = st.session_state.setdefault(keys.WORK, {})
    ticket = held.get(asked)
    if ticket is None or ticket.state in (State.FAILED, State.CANCELLED):
        # Read here: the thread that works knows no session.
        shelf = resources.tokenizers()
        ticket = background.start(lambda _ticket: shelf.use(ref, work))
        held[asked] = ticket
        if text is not None:
            for old in [one for one in held if one.text not in (None, text)]:
                held.pop(old).cancel()
    found: T = wait_for(ticket)
    return found
