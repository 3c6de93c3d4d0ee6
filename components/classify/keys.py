"""The session's keys of the page Classify and tag."""

from __future__ import annotations

from components import session
from components.classify.modes import Mode

PAGE = "classify"
MODE = session.key(PAGE, "mode")
TEXT = session.key(PAGE, "text")
PAIR = session.key(PAGE, "pair")  # the second text
ASK = session.key(PAGE, "ask")
ENTITIES = session.key(PAGE, "entities")
WORDS = session.key(PAGE, "words")


def checkpoint(mode: Mode) -> str:
    """Each mode remembers its own: a checkpoint of one has no head for the other."""
    return session.key(PAGE, f"{mode.id}_checkpoint")


def other(mode: Mode) -> str:
    """The second checkpoint."""
    return session.key(PAGE, f"{mode.id}_other")


def tabs(mode: Mode) -> str:
    return session.key(PAGE, f"{mode.id}_tabs")
