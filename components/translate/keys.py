"""The session's keys of the page Translate and summarise."""

from __future__ import annotations

from components import session
from components.translate.modes import Mode

PAGE = "translate"
MODE = session.key(PAGE, "mode")
TEXT = session.key(PAGE, "text")
ASK = session.key(PAGE, "ask")
SETTINGS = session.key(PAGE, "settings")
BEAMS = session.key(PAGE, "beams")
MEASURE = session.key(PAGE, "measure")
DIRECTION = session.key(PAGE, "direction")
LANGUAGES = session.key(PAGE, "languages")
SOURCE_LANGUAGE = session.key(PAGE, "source_language")
TARGET_LANGUAGE = session.key(PAGE, "target_language")
LINKED_DIRECTION = session.key(PAGE, "linked_direction")  # what a link asked for, until it is read
OFFERED = session.key(PAGE, "offered_summarisers")
SOURCE = session.key(PAGE, "source")
OUTPUT = session.key(PAGE, "output")
ALTERNATIVES = session.key(PAGE, "alternatives")
PICKED = session.key(PAGE, "picked")  # the token whose alternatives are shown
LINKED_BEGINNING = session.key(PAGE, "linked_beginning")  # of a link, until it is read
BRANCH = session.key(PAGE, "branch")  # the tokens that a person chose
DRAWN = session.key(PAGE, "drawn")  # what the strips on the screen show
BACK = session.key(PAGE, "back")
UNIT = session.key(PAGE, "unit")
LAYER = session.key(PAGE, "layer")
HEAD = session.key(PAGE, "head")
ALIGNMENT = session.key(PAGE, "alignment")
OTHER = session.key(PAGE, "other")  # a text by somebody else, to compare with
DOCUMENT = session.key(PAGE, "document")
DOCUMENT_TEXT = session.key(PAGE, "document_text")
DOCUMENT_FILE = session.key(PAGE, "document_file")
DOCUMENT_COLUMN = session.key(PAGE, "document_column")
DOCUMENT_BREAKS = session.key(PAGE, "document_breaks")


def checkpoint(mode: Mode) -> str:
    """Each mode remembers its own."""
    return session.key(PAGE, f"{mode.id}_checkpoint")


def max_new_tokens(mode: Mode) -> str:
    return session.key(PAGE, f"{mode.id}_max_new_tokens")


def tabs(mode: Mode) -> str:
    return session.key(PAGE, f"{mode.id}_tabs")
