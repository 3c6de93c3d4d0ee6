"""The session's keys of the page Tokenizer."""

from __future__ import annotations

from components import session

PAGE = "tokenizer"
CHECKPOINT = session.key(PAGE, "checkpoint")
TEXT = session.key(PAGE, "text")
ASK = session.key(PAGE, "ask")
STRIP = session.key(PAGE, "strip")
TABS = session.key(PAGE, "tabs")
WORD = session.key(PAGE, "word")  # the number of the word whose steps are shown
OTHERS = session.key(PAGE, "others")  # the tokenizers that the first is compared with
WORK = session.key(PAGE, "work")  # what was computed for the text as it stands
