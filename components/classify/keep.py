"""The tab "Save or share?": tables, JSON, and a link that opens the page as it is."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import share_link
from components.classify import keys, link
from components.classify.modes import CLASSIFY, TAG
from components.i18n import _
from loupe.checkpoints.ref import CheckpointRef
from loupe.tasks.text_classification import TextClassificationResult
from loupe.tasks.text_classification import export as labels_export
from loupe.tasks.token_classification import TokenClassificationResult
from loupe.tasks.token_classification import export as tags_export


def draw_keep_labels(ref: CheckpointRef, result: TextClassificationResult) -> None:
    """Downloads of all labels, and the link."""
    table = pd.DataFrame(labels_export.rows(result))
    _draw_downloads(table, labels_export.to_json(result), "text-classification")
    _draw_link(link.state_of(CLASSIFY, str(ref), result.query.text, result.query.pair))


def draw_keep_tags(ref: CheckpointRef, result: TokenClassificationResult) -> None:
    """Downloads of entities and words, and the link."""
    table = tags_table(result)
    _draw_downloads(table, tags_export.to_json(result), "token-classification")
    _draw_link(link.state_of(TAG, str(ref), result.query.text, ""))


def tags_table(result: TokenClassificationResult) -> pd.DataFrame:
    """The rows of the export; whole numbers stay such beside rows that have none."""
    table = pd.DataFrame(tags_export.rows(result))
    whole = [column for column in ("label_id", "pieces") if column in table]
    return table.astype(dict.fromkeys(whole, "Int64"))


def _draw_downloads(table: pd.DataFrame, text: str, name: str) -> None:
    with st.container(horizontal=True):
        st.download_button(
            _("Table (CSV)"),
            # A byte-order mark, so that spreadsheets read Chinese and accents right.
            table.to_csv(index=False).encode("utf-8-sig"),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"{keys.PAGE}_csv",
            on_click="ignore",
            icon=":material/table:",
        )
        st.download_button(
            _("Everything (JSON)"),
            text,
            file_name=f"{name}.json",
            mime="application/json",
            key=f"{keys.PAGE}_json",
            on_click="ignore",
            icon=":material/data_object:",
        )
    st.caption(_("Probabilities are the model’s own; log-probabilities are in nats."))


def _draw_link(state: share_link.ClassifyState) -> None:
    url = share_link.to_url(st.context.url or "", state)
    if len(url) > share_link.MAX_LINK_CHARACTERS:
        st.caption(_("The text is too long for a link; the JSON file holds it all."))
        return
    st.text(_("A link that opens this page with this text and checkpoint:"))
    st.code(url, language=None, wrap_lines=True)
