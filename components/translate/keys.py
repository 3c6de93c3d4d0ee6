"""The session's keys of the page Translate and summarise."""

from __future__ import annotations

from dataclasses import dataclass

from components import session
from components.translate.modes import Mode

PAGE = "translate"
MODE = session.key(PAGE, "mode")
TEXT = session.key(PAGE, "text")
ASK = session.key(PAGE, "ask")
SETTINGS = session.key(PAGE, "settings")
BEAMS = session.key(PAGE, "beams")
MEASURE = session.key(PAGE, "measure")
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
SHOWN_DOCUMENT = session.key(PAGE, "shown_document")  # the id of what this run has drawn
NAMED_DOCUMENT = session.key(PAGE, "named_document")  # the id that the address had last
REFERENCES = session.key(PAGE, "references")
REFERENCE_FILE = session.key(PAGE, "reference_file")
REFERENCE_COLUMN = session.key(PAGE, "reference_column")
SCORES = session.key(PAGE, "reference_scores")
# A query parameter: the document that the page shows.
DOCUMENT_PARAM = "document"


@dataclass(frozen=True, slots=True)
class DirectionKeys:
    """The choice of a direction. linked: what a link asked for, until it is read.

    followed: of the second checkpoint, the first's direction that it was last set to.
    """

    direction: str
    languages: str
    source: str
    target: str
    linked: str
    followed: str


def _direction_keys(before: str) -> DirectionKeys:
    return DirectionKeys(
        session.key(PAGE, f"{before}direction"),
        session.key(PAGE, f"{before}languages"),
        session.key(PAGE, f"{before}source_language"),
        session.key(PAGE, f"{before}target_language"),
        session.key(PAGE, f"{before}linked_direction"),
        session.key(PAGE, f"{before}followed_direction"),
    )


FIRST = _direction_keys("")
SECOND = _direction_keys("second_")
DIRECTION, LANGUAGES = FIRST.direction, FIRST.languages
SOURCE_LANGUAGE, TARGET_LANGUAGE = FIRST.source, FIRST.target
LINKED_DIRECTION = FIRST.linked
SECOND_OUTPUT = session.key(PAGE, "second_output")
SECOND_CHOSEN = session.key(PAGE, "second_chosen")  # its direction, for links


def checkpoint(mode: Mode) -> str:
    """Each mode remembers its own."""
    return session.key(PAGE, f"{mode.id}_checkpoint")


def second(mode: Mode) -> str:
    """The checkpoint of the tab "Another model?"."""
    return session.key(PAGE, f"{mode.id}_second")


def max_new_tokens(mode: Mode) -> str:
    return session.key(PAGE, f"{mode.id}_max_new_tokens")


def tabs(mode: Mode) -> str:
    return session.key(PAGE, f"{mode.id}_tabs")


def breaks(mode: Mode) -> str:
    """What a line break means in a document."""
    return session.key(PAGE, f"{mode.id}_document_breaks")


def work(mode: Mode) -> str:
    """The document under way, or done."""
    return session.key(PAGE, f"{mode.id}_document")
