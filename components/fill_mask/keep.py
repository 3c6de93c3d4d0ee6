"""The tab "Save or share?": tables, JSON, and a link that opens the page as it is."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import session, share_link
from components.fill_mask import keys
from components.fill_mask.defaults import DEFAULT_OTHER, DEFAULT_WORDS, SHOWN_DEFAULT
from components.fill_mask.hidden import hidden_spans
from components.hardware_panel import AUTO
from components.i18n import _
from loupe.checkpoints.ref import CheckpointRef
from loupe.tasks.fill_mask import FillMaskResult
from loupe.tasks.fill_mask.export import rows, to_json


def draw_keep(ref: CheckpointRef, result: FillMaskResult) -> None:
    """Downloads and the link."""
    with st.container(horizontal=True):
        st.download_button(
            _("Table (CSV)"),
            # A byte-order mark, so that spreadsheets read Chinese and accents right.
            results_table(result).to_csv(index=False).encode("utf-8-sig"),
            file_name="fill-mask.csv",
            mime="text/csv",
            key=f"{keys.PAGE}_csv",
            on_click="ignore",
            icon=":material/table:",
        )
        st.download_button(
            _("Everything (JSON)"),
            to_json(result),
            file_name="fill-mask.json",
            mime="application/json",
            key=f"{keys.PAGE}_json",
            on_click="ignore",
            icon=":material/data_object:",
        )
    st.caption(_("Probabilities are the model’s own; log-probabilities are in nats."))
    url = share_link.to_url(st.context.url or "", _state(ref, result.query.text))
    if len(url) > share_link.MAX_LINK_CHARACTERS:
        st.caption(_("The text is too long for a link; the JSON file holds it all."))
        return
    st.text(_("A link that opens this page with this text and checkpoint:"))
    st.code(url, language=None, wrap_lines=True)


def results_table(result: FillMaskResult) -> pd.DataFrame:
    """The rows of the export; ids and ranks stay whole numbers beside rows that have none."""
    whole = {"mask": "Int64", "rank": "Int64", "token_id": "Int64"}
    return pd.DataFrame(rows(result)).astype(whole)


def _state(ref: CheckpointRef, text: str) -> share_link.FillMaskState:
    def unless(default: object, key: str) -> str:
        value = st.session_state.get(key, default) or default
        return "" if value == default else str(value)

    return share_link.FillMaskState(
        text=text,
        model=str(ref),
        hide=share_link.spans_to_text(hidden_spans(text)),
        words=unless(DEFAULT_WORDS, keys.WORDS),
        top=unless(SHOWN_DEFAULT, keys.SHOWN),
        other=unless(str(DEFAULT_OTHER), keys.OTHER),
        dtype=unless(AUTO, session.DTYPE),
    )
