"""The tab "A whole document?": sentence by sentence, with progress, as a table."""

from __future__ import annotations

import time
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from components import resources
from components.error_box import show_error
from components.i18n import _
from components.orphans import watch
from components.translate import keys
from components.translate.upload import MAX_MB, read_upload
from loupe.engine import ModelKey, State, Ticket
from loupe.engine.seq2seq.sentences import MAX_DOCUMENT_CHARACTERS
from loupe.errors import Cancelled, LoupeError
from loupe.tasks import translation
from loupe.tasks.translation import (
    Direction,
    DocumentQuery,
    DocumentResult,
    DocumentRow,
    Ending,
    LineBreaks,
)
from loupe.tasks.translation.export import document_rows, to_csv

# How often progress says what it knows.
_TICK_S = 0.5
BREAKS = {LineBreaks.END: "Each line by itself", LineBreaks.SPACE: "Lines wrapped at a margin"}


@dataclass(frozen=True, slots=True)
class Work:
    """A document under way, or done. key: of the checkpoint that it was given to.

    started_s: when, on the monotonic clock.
    """

    key: ModelKey
    ticket: Ticket[DocumentResult]
    started_s: float


@dataclass(frozen=True, slots=True)
class Setting:
    """How the page's single text is translated, and the document too."""

    direction: Direction
    num_beams: int
    max_new_tokens: int


def take_over(text: str) -> None:
    """Put a text into the tab's box, as a button does for one that is too long for one answer."""
    st.session_state[keys.DOCUMENT_TEXT] = text


def draw_document(key: ModelKey, setting: Setting) -> None:
    """The box and the file, then progress or the table."""
    text = _ask_text()
    work = st.session_state.get(keys.DOCUMENT)
    running = isinstance(work, Work) and work.ticket.state in (
        State.QUEUED,
        State.LOADING,
        State.RUNNING,
    )
    st.button(
        _("Translate the document"),
        key=f"{keys.DOCUMENT}_start",
        type="primary",
        icon=":material/play_arrow:",
        disabled=running or text is None,
        on_click=_start,
        args=(key, setting, text or ""),
    )
    failed = st.session_state.pop(f"{keys.DOCUMENT}_failed", None)
    if isinstance(failed, LoupeError):
        show_error(failed, key=f"{keys.PAGE}_document")
    if not isinstance(work, Work):
        return
    if running:
        _follow(work)
        return
    try:
        result = work.ticket.result(timeout_s=0)
    except Cancelled:
        st.text(_("Cancelled. What had been done was dropped."))
        return
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_document")
        return
    if work.key != key:
        st.text(_("This was translated by {name}.").format(name=work.key.ref.label))
    _draw_result(result)


def _ask_text() -> str | None:
    """What the box or the file holds; None where the file cannot be used, which is then said."""
    st.session_state.setdefault(keys.DOCUMENT_TEXT, "")
    typed = st.text_area(
        _("Lines or a text"),
        key=keys.DOCUMENT_TEXT,
        height=120,
        placeholder=_("Paste a text of any length, or give a file below."),
        persist_state="session",
    )
    given = st.file_uploader(
        _("Or a file"),
        type=["txt", "csv"],
        key=keys.DOCUMENT_FILE,
        max_upload_size=MAX_MB,
        help=_("UTF-8, at most {characters} characters.").format(
            characters=f"{MAX_DOCUMENT_CHARACTERS:,}"
        ),
    )
    if given is None:
        _ask_breaks()
        return typed or ""
    try:
        upload = read_upload(given.name, given.getvalue())
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_file")
        return None
    st.text(_("The file is used, not the box above."))
    if upload.text is not None:
        _ask_breaks()
        return upload.text
    st.session_state[keys.DOCUMENT_BREAKS] = LineBreaks.END.value
    return _ask_column(upload.columns)


def _ask_column(columns: Mapping[str, tuple[str, ...]]) -> str:
    names = list(columns)
    if st.session_state.get(keys.DOCUMENT_COLUMN) not in names:
        # The column with the most text is most probably what is meant.
        st.session_state[keys.DOCUMENT_COLUMN] = max(
            names, key=lambda name: sum(map(len, columns[name]))
        )
    chosen = st.selectbox(_("Column to translate"), names, key=keys.DOCUMENT_COLUMN)
    cells = columns[chosen]
    broken = sum("\n" in cell.strip() or "\r" in cell.strip() for cell in cells)
    if broken:
        st.caption(
            _("Line breaks within cells are read as spaces (cells: {count}).").format(count=broken)
        )
    # One line a cell, also an empty one, so that lines are the rows of the file.
    return "\n".join(" ".join(cell.split()) for cell in cells)


def _ask_breaks() -> None:
    st.session_state.setdefault(keys.DOCUMENT_BREAKS, LineBreaks.END.value)
    st.segmented_control(
        _("Line breaks"),
        [one.value for one in BREAKS],
        key=keys.DOCUMENT_BREAKS,
        required=True,
        format_func=lambda name: _(BREAKS[LineBreaks(name)]),
        persist_state="session",
    )


def _start(key: ModelKey, setting: Setting, text: str) -> None:
    try:
        query = DocumentQuery(
            text,
            setting.direction,
            setting.num_beams,
            setting.max_new_tokens,
            LineBreaks(st.session_state.get(keys.DOCUMENT_BREAKS) or LineBreaks.END.value),
        )
        ticket = translation.submit_document(resources.pool(), key, query)
    except LoupeError as error:
        st.session_state[f"{keys.DOCUMENT}_failed"] = error
        st.session_state.pop(keys.DOCUMENT, None)
        return
    watch(ticket)
    st.session_state[keys.DOCUMENT] = Work(key, ticket, time.monotonic())


def _follow(work: Work) -> None:
    @st.fragment(run_every=_TICK_S, key=f"{keys.DOCUMENT}_watch")
    def following() -> None:
        if work.ticket.state not in (State.QUEUED, State.LOADING, State.RUNNING):
            st.rerun()
        with st.container(border=True):
            share, said = describe(work.ticket, time.monotonic() - work.started_s)
            st.progress(share, text=said)
            st.button(
                _("Cancel"),
                key=f"{keys.DOCUMENT}_cancel",
                on_click=_cancel,
                args=(work,),
                help=_("The model stops at the next token; what was done is dropped."),
            )

    following()


def _cancel(work: Work) -> None:
    work.ticket.cancel()


def describe(ticket: Ticket[DocumentResult], elapsed_s: float) -> tuple[float, str]:
    """(share that is done, in words)."""
    if ticket.state is State.LOADING:
        return 0.0, _("Loading the checkpoint…")
    if ticket.state is State.QUEUED:
        return 0.0, _("Waiting: {count} before you.").format(count=ticket.position())
    progress = ticket.progress
    if progress is None or not progress.total:
        return 0.0, _("Finding the sentences…")
    share = min(1.0, progress.done / progress.total)
    said = _("{done} of {total} sentences").format(
        done=f"{progress.done:,}", total=f"{progress.total:,}"
    )
    if 0 < share < 1:
        # The longest are decoded first, so this is more likely too much than too little.
        minutes, seconds = divmod(round(elapsed_s * (1 - share) / share), 60)
        said += " · " + _("{time} left").format(time=f"{minutes}:{seconds:02d}")
    return share, said


def _draw_result(result: DocumentResult) -> None:
    st.text(" · ".join(_facts(result)))
    table = document_table(result)
    columns = ["line", "source", "output", "note"]
    if not table["note"].any():
        columns.remove("note")
    st.dataframe(
        table,
        hide_index=True,
        column_order=columns,
        key=f"{keys.DOCUMENT}_table",
        column_config={
            "line": st.column_config.NumberColumn(_("line"), width="small"),
            "source": _("source"),
            "output": _("translation"),
            "note": _("note"),
        },
    )
    with st.container(horizontal=True):
        st.download_button(
            _("Table (CSV)"),
            to_csv(document_rows(result)).encode("utf-8-sig", "replace"),
            file_name="translation.csv",
            mime="text/csv",
            key=f"{keys.DOCUMENT}_csv",
            on_click="ignore",
            icon=":material/table:",
        )
        st.download_button(
            _("Text"),
            result.text.encode("utf-8", "replace"),
            file_name="translation.txt",
            mime="text/plain",
            key=f"{keys.DOCUMENT}_txt",
            on_click="ignore",
            icon=":material/description:",
        )


def _facts(result: DocumentResult) -> list[str]:
    parts = [_("{count} sentences").format(count=f"{len(result.rows):,}")]
    if result.cut:
        parts.append(_("parts of longer ones: {count}").format(count=f"{len(result.cut):,}"))
    if result.unfinished:
        parts.append(_("may lack their end: {count}").format(count=f"{len(result.unfinished):,}"))
    return parts


def document_table(result: DocumentResult) -> pd.DataFrame:
    """One row a sentence, with the line of the document it begins in."""
    breaks = [i for i, character in enumerate(result.query.text) if character == "\n"]
    return pd.DataFrame(
        [
            {
                "line": bisect_right(breaks, row.span[0]) + 1,
                "source": row.source,
                "output": row.target,
                "note": _note(row),
            }
            for row in result.rows
        ],
        columns=["line", "source", "output", "note"],
    )


def _note(row: DocumentRow) -> str:
    notes: Sequence[str] = (
        _("part {number} of {count} of a sentence that is too long for the model").format(
            number=row.part[0], count=row.part[1]
        )
        if row.part[1] > 1
        else "",
        _("may lack its end: the length was reached") if row.ending is not Ending.EOS else "",
    )
    return "; ".join(note for note in notes if note)
