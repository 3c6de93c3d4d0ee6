"""The session's keys of the page Fill mask."""

from __future__ import annotations

from components import session

PAGE = "fill_mask"
CHECKPOINT = session.key(PAGE, "checkpoint")
OTHER = session.key(PAGE, "other_checkpoint")
TEXT = session.key(PAGE, "text")
HIDDEN = session.key(PAGE, "hidden")  # spans hidden by clicks
HIDDEN_IN = session.key(PAGE, "hidden_in")  # the text those spans belong to
STRIP = session.key(PAGE, "strip")
SHOWN = session.key(PAGE, "shown")
TABS = session.key(PAGE, "tabs")
WORDS = session.key(PAGE, "words")
