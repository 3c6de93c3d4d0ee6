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
from loupe.engine.file_stamp import FileStamp
from loupe.tokenization import CutText, cut
from loupe.tokenization.shelf import Held, stamp_of

T = TypeVar("T")

# A page needs some dozen at once; words that were looked at are many, and soon computed again.
KEPT = 40


@dataclass(frozen=True, slots=True)
class _Asked:
    """what: of which kind. text: None where the question is not about the page's text.

    stamp: of the files that the checkpoint's name means.
    """

    what: str
    ref: CheckpointRef
    text: str | None
    stamp: FileStamp

    def outdates(self, old: _Asked) -> bool:
        """Whether the old question is about another text, or the same about other files."""
        if old.text is not None and self.text is not None and old.text != self.text:
            return True
        same = (old.what, old.ref, old.text) == (self.what, self.ref, self.text)
        return same and old.stamp != self.stamp


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
    """What `work` makes of a checkpoint's tokenizer, computed once while text and files stay.

    what, ref and text together name the question. Raises what loading and the work raise.
    """
    asked = _Asked(what, ref, text, stamp_of(ref, resources.places()))
    held: dict[_Asked, Ticket[Any]] = st.session_state.setdefault(keys.WORK, {})
    ticket = held.pop(asked, None)
    if ticket is None or ticket.state in (State.FAILED, State.CANCELLED):
        # Read here: the thread that works knows no session.
        shelf = resources.tokenizers()
        ticket = background.start(lambda _ticket: shelf.use(ref, work))
        for old in [one for one in held if asked.outdates(one)]:
            held.pop(old).cancel()
    held[asked] = ticket  # the last: the first are those that were not asked for longest
    while len(held) > KEPT:
        held.pop(next(iter(held))).cancel()
    found: T = wait_for(ticket)
    return found
