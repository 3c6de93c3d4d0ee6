"""What is given: a text in the box, a file of text, or a column of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from components.error_box import show_error
from components.i18n import _
from components.translate import keys
from components.translate.document.wording import wording
from components.translate.modes import Mode
from components.upload import MAX_MB, read_upload
from loupe.engine.seq2seq.sentences import MAX_DOCUMENT_CHARACTERS, LineBreaks
from loupe.errors import LoupeError

Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Given:
    """A document to be. file: its name, empty for the box. column: of a table, else empty.

    columns: all of the table's, in their order, each with as many cells as `text` has lines.
    """

    text: str
    line_breaks: LineBreaks
    file: str = ""
    column: str = ""
    columns: Columns = field(default_factory=dict)


def take_over(text: str) -> None:
    """Put a text into the box, as a button does for one that is too long for one answer."""
    st.session_state[keys.DOCUMENT_TEXT] = text


def ask_document(mode: Mode) -> Given | None:
    """Draw the box and the file; None where the file cannot be used, which is then said."""
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
        return Given(typed or "", _ask_breaks(mode))
    try:
        upload = read_upload(given.name, given.getvalue())
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_file")
        return None
    st.text(_("The file is used, not the box above."))
    if upload.text is not None:
        return Given(upload.text, _ask_breaks(mode), given.name)
    column = _ask_column(mode, upload.columns)
    cells = upload.columns[column]
    # One line a cell, also an empty one, so that lines are the rows of the file.
    text = "\n".join(" ".join(cell.split()) for cell in cells)
    return Given(text, LineBreaks.END, given.name, column, upload.columns)


def _ask_column(mode: Mode, columns: Columns) -> str:
    names = list(columns)
    if st.session_state.get(keys.DOCUMENT_COLUMN) not in names:
        # The column with the most text is most probably what is meant.
        st.session_state[keys.DOCUMENT_COLUMN] = max(
            names, key=lambda name: sum(map(len, columns[name]))
        )
    chosen = st.selectbox(_(wording(mode).column), names, key=keys.DOCUMENT_COLUMN)
    broken = sum("\n" in cell.strip() or "\r" in cell.strip() for cell in columns[chosen])
    if broken:
        st.caption(
            _("Line breaks within cells are read as spaces (cells: {count}).").format(count=broken)
        )
    return str(chosen)


def _ask_breaks(mode: Mode) -> LineBreaks:
    breaks = wording(mode).breaks
    default = next(iter(breaks))
    key = keys.breaks(mode)
    st.session_state.setdefault(key, default.value)
    chosen = st.segmented_control(
        _("Line breaks"),
        [one.value for one in breaks],
        key=key,
        required=True,
        format_func=lambda name: _(breaks[LineBreaks(name)]),
        persist_state="session",
    )
    return LineBreaks(chosen or default.value)
