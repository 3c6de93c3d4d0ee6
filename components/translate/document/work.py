"""A document under way or done: how it is started, kept for a reload, and found again.

The page's address names it while it is shown. A reload is another session, and finds it by that.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import streamlit as st

from components import resources
from components.error_box import show_error
from components.i18n import _
from components.orphans import watch
from components.translate import keys
from components.translate.answers import Document, DocumentQuestion, submit_document
from components.translate.direction import direction_id
from components.translate.document.ask import Given
from components.translate.modes import TRANSLATE, Mode
from loupe.engine import ModelKey, State, Ticket
from loupe.errors import InvalidInput, LoupeError
from loupe.tasks.summarization import SummaryDocumentQuery
from loupe.tasks.translation import Direction, DocumentQuery

# How long the work goes on for nobody: a reload, or a train in a tunnel.
GRACE_S = 30.0
# What is kept grows with the text: its pieces, what is written of them, and both put together.
_COPIES = 4


@dataclass(frozen=True, slots=True)
class Setting:
    """How the page's single text is answered, and the document too. direction: to translate."""

    mode: Mode
    num_beams: int
    max_new_tokens: int
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """A document that was asked for. id: in the page's address. key: of the checkpoint.

    started_s: when, on the monotonic clock.
    """

    id: str
    key: ModelKey
    mode: Mode
    given: Given
    question: DocumentQuestion
    ticket: Ticket[Document]
    started_s: float

    @property
    def is_running(self) -> bool:
        return self.ticket.state in (State.QUEUED, State.LOADING, State.RUNNING)


def current(mode: Mode) -> Work | None:
    """The document of this mode, in this session."""
    held = st.session_state.get(keys.work(mode))
    return held if isinstance(held, Work) else None


def start(key: ModelKey, setting: Setting, given: Given) -> None:
    """Ask for a document; where that fails, `show_failure` says so and the last one stays."""
    mode = setting.mode
    try:
        question = _question(setting, given)
        ticket = submit_document(key, question)
    except LoupeError as error:
        st.session_state[_failed(mode)] = error
        return
    watch(ticket, GRACE_S)
    kept = resources.documents()
    work = Work(kept.new_id(), key, mode, given, question, ticket, time.monotonic())
    table = sum(len(cell) for cells in given.columns.values() for cell in cells)
    kept.put(work.id, work, _COPIES * len(given.text) + table)
    st.session_state[keys.work(mode)] = work


def _question(setting: Setting, given: Given) -> DocumentQuestion:
    beams, longest = setting.num_beams, setting.max_new_tokens
    if setting.mode is TRANSLATE:
        return DocumentQuery(given.text, setting.direction, beams, longest, given.line_breaks)
    return SummaryDocumentQuery(given.text, None, beams, longest, given.line_breaks)


def show_failure(mode: Mode) -> None:
    """Say once why the last start failed."""
    failed = st.session_state.pop(_failed(mode), None)
    if isinstance(failed, LoupeError):
        show_error(failed, key=f"{keys.PAGE}_document")


def _failed(mode: Mode) -> str:
    return f"{keys.work(mode)}_failed"


def adopt() -> InvalidInput | None:
    """Take up the document that the address names, as after a reload. Before any widget is drawn.

    Whoever has the address sees the document: its id cannot be guessed. Where it is no longer kept,
    the error says so once.
    """
    st.session_state.pop(keys.SHOWN_DOCUMENT, None)
    kept_id = st.query_params.get(keys.DOCUMENT_PARAM)
    # What this session wrote there itself may be older than the document it has begun since.
    if not kept_id or kept_id == st.session_state.get(keys.NAMED_DOCUMENT):
        return None
    st.session_state[keys.NAMED_DOCUMENT] = kept_id
    found = resources.documents().get(kept_id)
    if not isinstance(found, Work):
        return InvalidInput(
            "The document in this address is no longer kept.",
            "Give it again: the server was started anew, or later documents took its place.",
        )
    if found.is_running:
        watch(found.ticket, GRACE_S)
    _put_back(found)
    return None


def _put_back(work: Work) -> None:
    """Everything that the document was asked with, as far as it is known."""
    mode, question, state = work.mode, work.question, st.session_state
    state[keys.work(mode)] = work
    state[keys.MODE] = mode.id
    state[keys.checkpoint(mode)] = str(work.key.ref)
    state[keys.BEAMS] = question.num_beams
    state[keys.max_new_tokens(mode)] = question.max_new_tokens
    state[keys.breaks(mode)] = question.line_breaks.value
    state[keys.tabs(mode)] = _(mode.tabs["document"])
    if not work.given.file:
        state[keys.DOCUMENT_TEXT] = work.given.text
    if isinstance(question, DocumentQuery) and question.direction is not None:
        state[keys.LINKED_DIRECTION] = direction_id(question.direction)


def remember_in_address(work: Work) -> None:
    """Called where a document is drawn; see `settle_address`."""
    st.session_state[keys.SHOWN_DOCUMENT] = work.id


def settle_address() -> None:
    """Name the document that this run has drawn in the address, or none. At the page's end."""
    shown = st.session_state.get(keys.SHOWN_DOCUMENT)
    if shown is None:
        st.query_params.pop(keys.DOCUMENT_PARAM, None)
    elif st.query_params.get(keys.DOCUMENT_PARAM) != shown:
        st.query_params[keys.DOCUMENT_PARAM] = shown
        st.session_state[keys.NAMED_DOCUMENT] = shown
