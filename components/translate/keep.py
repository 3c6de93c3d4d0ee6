"""The tab "Save or share?": the text, tables, JSON, and a link that opens the page as it is."""

from __future__ import annotations

import streamlit as st

from components import share_link
from components.i18n import _
from components.translate import keys, link
from components.translate.answers import Result
from components.translate.modes import Mode
from loupe.checkpoints.ref import CheckpointRef
from loupe.tasks.summarization import SummarizationResult
from loupe.tasks.summarization import export as summary_export
from loupe.tasks.translation import export as translation_export


def draw_keep(mode: Mode, ref: CheckpointRef, result: Result) -> None:
    """The output to copy, downloads of every token, and the link."""
    st.caption(_("The text, to copy:"))
    st.code(result.text, language=None, wrap_lines=True)
    if isinstance(result, SummarizationResult):
        table, text = summary_export.rows(result), summary_export.to_json(result)
    else:
        table, text = translation_export.rows(result), translation_export.to_json(result)
    with st.container(horizontal=True):
        st.download_button(
            _("Tokens (CSV)"),
            # A byte-order mark, so that spreadsheets read Chinese and accents right.
            translation_export.to_csv(table).encode("utf-8-sig", "replace"),
            file_name=f"{mode.task}.csv",
            mime="text/csv",
            key=f"{keys.PAGE}_csv",
            on_click="ignore",
            icon=":material/table:",
        )
        st.download_button(
            _("Everything (JSON)"),
            text.encode("utf-8", "replace"),
            file_name=f"{mode.task}.json",
            mime="application/json",
            key=f"{keys.PAGE}_json",
            on_click="ignore",
            icon=":material/data_object:",
        )
    st.caption(_("Probabilities are the model’s own; log-probabilities are in nats."))
    _draw_link(link.state_of(mode, str(ref), result))


def _draw_link(state: link.TranslateState) -> None:
    url = share_link.to_url(st.context.url or "", state)
    if len(url) > share_link.MAX_LINK_CHARACTERS:
        st.caption(_("The text is too long for a link; the JSON file holds it all."))
        return
    st.text(_("A link that opens this page as it is:"))
    st.code(url, language=None, wrap_lines=True)
