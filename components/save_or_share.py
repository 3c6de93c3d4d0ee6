"""What a tab "Save or share?" draws: downloads of a result, and a link to the page as it is."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components import share_link
from components.i18n import _
from loupe.engine.tables import Row, to_csv


def draw_downloads(
    table: Sequence[Row], text: str, *, page: str, name: str, has_probabilities: bool = True
) -> None:
    """A result as CSV and as JSON. text: the JSON. page: begins the keys; name: the files'."""
    with st.container(horizontal=True):
        st.download_button(
            _("Table (CSV)"),
            # A byte-order mark, so that spreadsheets read Chinese and accents right.
            to_csv(table).encode("utf-8-sig"),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"{page}_csv",
            on_click="ignore",
            icon=":material/table:",
        )
        st.download_button(
            _("Everything (JSON)"),
            text,
            file_name=f"{name}.json",
            mime="application/json",
            key=f"{page}_json",
            on_click="ignore",
            icon=":material/data_object:",
        )
    if has_probabilities:
        st.caption(_("Probabilities are the model’s own; log-probabilities are in nats."))


def draw_link(state: share_link.PageState) -> None:
    """The link, or why there is none."""
    url = share_link.to_url(st.context.url or "", state)
    if len(url) > share_link.MAX_LINK_CHARACTERS:
        st.caption(_("The text is too long for a link; the JSON file holds it all."))
        return
    st.text(_("A link that opens this page as it is:"))
    st.code(url, language=None, wrap_lines=True)
