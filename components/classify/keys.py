"""The session's keys of the page Classify and tag."""

from __future__ import annotations

from components import session
from components.classify.modes import Mode

PAGE = "classify"
MODE = session.key(PAGE, "mode")
TEXT = session.key(PAGE, "text")
PAIR = session.key(PAGE, "pair")  # the second text
LABELS = session.key(PAGE, "own_labels")  # of zero-shot, one a line
TEMPLATE = session.key(PAGE, "template")
SEVERAL = session.key(PAGE, "several")  # whether each of them is judged by itself
ASK = session.key(PAGE, "ask")
ENTITIES = session.key(PAGE, "entities")
WORDS = session.key(PAGE, "words")
THRESHOLD = session.key(PAGE, "given_from")
MATRIX_PAGE = session.key(PAGE, "matrix_page")
# Many texts
MANY_TEXT = session.key(PAGE, "many_text")
MANY_FILE = session.key(PAGE, "many_file")
MANY_COLUMN = session.key(PAGE, "many_column")
# A labelled dataset
SPLIT = session.key(PAGE, "split")
SPLIT_OF = session.key(PAGE, "split_of")  # the fingerprint of the data whose split that is
ROWS = session.key(PAGE, "rows")
LABELLED = session.key(PAGE, "labelled")


def checkpoint(mode: Mode) -> str:
    """Each mode remembers its own: a checkpoint of one has no head for the other."""
    return session.key(PAGE, f"{mode.id}_checkpoint")


def other(mode: Mode) -> str:
    """The second checkpoint."""
    return session.key(PAGE, f"{mode.id}_other")


def tabs(mode: Mode) -> str:
    return session.key(PAGE, f"{mode.id}_tabs")


def tabs_without_answer(mode: Mode) -> str:
    """Of what can be asked while the text has none."""
    return session.key(PAGE, f"{mode.id}_tabs_without_answer")


def many(mode: Mode) -> str:
    """Texts under way or done."""
    return session.key(PAGE, f"{mode.id}_many")


def judged(mode: Mode) -> str:
    """Labelled rows under way or done."""
    return session.key(PAGE, f"{mode.id}_judged")


def match(mode: Mode, name: str) -> str:
    """Of the box that says which label of the model a label of the data is."""
    return session.key(PAGE, f"{mode.id}_match_{name}")
