"""The tab "Save or share?": the rows that are seen, as a file, and a link to the page as it is."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import streamlit as st

from components.i18n import _
from components.inspect import keys, state
from components.inspect.link import InspectState
from components.save_or_share import draw_link
from loupe.data.opened import Split
from loupe.data.view import ExportFormat, ViewQuery, export, row_ids

FORMATS: dict[ExportFormat, tuple[str, str]] = {
    "csv": ("CSV", "text/csv"),
    "jsonl": ("JSONL", "application/jsonl"),
    "parquet": ("Parquet", "application/vnd.apache.parquet"),
}


def draw_keep(split: Split, query: ViewQuery, link: InspectState | None) -> None:
    """Downloads are written when somebody asks for one. link: None where nobody else has the data.

    Raises InvalidInput where the query does not fit the data.
    """
    st.text(_("The rows of “{split}” that the view shows, in its order:").format(split=split.name))
    with st.container(horizontal=True):
        for name, (label, mime) in FORMATS.items():
            st.download_button(
                label,
                _writer(split, query, name),
                file_name=f"{split.name}.{name}",
                mime=mime,
                key=f"{keys.PAGE}_{name}",
                on_click="ignore",
                icon=":material/download:",
            )
    st.caption(
        _("In the CSV a quote stands before text that a spreadsheet would run as a formula.")
    )
    if link is None:
        st.caption(_("There is no link to an upload: only this session has it."))
    else:
        draw_link(link)


def _writer(split: Split, query: ViewQuery, name: ExportFormat) -> Callable[[], BytesIO]:
    # It is called in another thread, where there is no session.
    table, row_sets = split.table, dict(state.row_sets())

    def write() -> BytesIO:
        ids = row_ids(table, split.fingerprint, query, row_sets=row_sets)
        file = BytesIO()
        export(table, ids, file, name)
        file.seek(0)
        return file

    return write
