"""What is given: one text a line, in the box or a file, or a column of a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import streamlit as st

from components.classify import keys
from components.error_box import show_error
from components.i18n import _
from components.upload import MAX_MB, read_upload
from loupe.errors import LoupeError

Columns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Given:
    """Texts to be read. file: its name, empty for the box. column: of a table, else empty.

    numbers: of each text, from 1: its line, or its row below the names of a table's columns.
    columns: all of the table's, in their order, each with as many cells as there are texts.
    """

    texts: tuple[str, ...]
    numbers: tuple[int, ...]
    file: str = ""
    column: str = ""
    columns: Columns = field(default_factory=dict)


def ask_many(limit: int) -> Given | None:
    """Draw the box and the file; None where the file cannot be used, which is then said."""
    st.session_state.setdefault(keys.MANY_TEXT, "")
    typed = st.text_area(
        _("Texts, one a line"),
        key=keys.MANY_TEXT,
        height=140,
        placeholder=_("Paste texts, one a line, or give a file below."),
        persist_state="session",
    )
    given = st.file_uploader(
        _("Or a file"),
        type=["txt", "csv"],
        key=keys.MANY_FILE,
        max_upload_size=MAX_MB,
        help=_(
            "Text with one a line, or a table with a column of texts; UTF-8, at most {count} texts."
        ).format(count=f"{limit:,}"),
    )
    if given is None:
        return _of_lines(typed or "", "")
    try:
        upload = read_upload(given.name, given.getvalue())
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_file")
        return None
    st.text(_("The file is used, not the box above."))
    if upload.text is not None:
        return _of_lines(upload.text, given.name)
    column = _ask_column(upload.columns)
    texts = upload.columns[column]
    return Given(texts, tuple(range(1, len(texts) + 1)), given.name, column, upload.columns)


def _of_lines(text: str, file: str) -> Given:
    """Empty lines are none."""
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    return Given(tuple(line for _n, line in lines), tuple(number for number, _l in lines), file)


def _ask_column(columns: Columns) -> str:
    names = list(columns)
    if st.session_state.get(keys.MANY_COLUMN) not in names:
        # The column with the most text is most probably what is meant.
        st.session_state[keys.MANY_COLUMN] = max(
            names, key=lambda name: sum(map(len, columns[name]))
        )
    return str(st.selectbox(_("Column with the texts"), names, key=keys.MANY_COLUMN))
