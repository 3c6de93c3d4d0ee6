"""The tab "Save or share?": a table, JSON, and a link that opens the page as it is."""

from __future__ import annotations

import streamlit as st

from components import share_link
from components.generate import keys
from components.generate.link import GenerateState
from components.i18n import _
from loupe.engine.tables import to_csv
from loupe.tasks.text_generation.export import Row


def draw_keep(table: list[Row], text: str, state: GenerateState) -> None:
    """Downloads and the link. table: the tokens; text: everything as JSON."""
    with st.container(horizontal=True):
        st.download_button(
            _("Tokens (CSV)"),
            # A byte-order mark, so that spreadsheets read Chinese and accents right.
            to_csv(table).encode("utf-8-sig"),
            file_name="tokens.csv",
            mime="text/csv",
            key=f"{keys.PAGE}_csv",
            on_click="ignore",
            icon=":material/table:",
        )
        st.download_button(
            _("Everything (JSON)"),
            text,
            file_name="text-generation.json",
            mime="application/json",
            key=f"{keys.PAGE}_json",
            on_click="ignore",
            icon=":material/data_object:",
        )
    st.caption(
        _(
            "log_prob (nats) and prob are the model’s own; prob_sampled is what sampling made of "
            "prob."
        )
    )
    url = share_link.to_url(st.context.url or "", state)
    if len(url) > share_link.MAX_LINK_CHARACTERS:
        st.caption(_("The text is too long for a link; the JSON file holds it all."))
        return
    st.text(_("A link that opens this page with this text, checkpoint and settings:"))
    st.code(url, language=None, wrap_lines=True)
