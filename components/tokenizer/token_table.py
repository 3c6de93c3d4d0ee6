"""The tab "Which tokens?": one row a token, with its bytes and its place."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import streamlit as st

from components.i18n import _
from components.tokenizer import keys
from components.tokenizer.defaults import TABLE_TOKENS
from components.tokenizer.stages import shortened, shown_bytes, visible
from loupe.tokenization import CutText, Role, Token

_NONE = "–"


def draw_tokens(cut_text: CutText) -> None:
    """The table of the first tokens."""
    table = tokens_table(cut_text)
    columns = ["number", "id", "piece", "text", "bytes", "place", "word", "note"]
    if not table["note"].any():
        columns.remove("note")
    st.dataframe(
        table,
        hide_index=True,
        column_order=columns,
        key=f"{keys.PAGE}_tokens",
        column_config={
            "number": st.column_config.NumberColumn(
                _("position"), width=75, help=_("Counted from 0.")
            ),
            "id": st.column_config.NumberColumn(_("id"), width=60, format="%d"),
            "piece": st.column_config.TextColumn(
                _("piece"), help=_("As the vocabulary writes it.")
            ),
            "text": st.column_config.TextColumn(
                _("text"), help=_("What it was cut from, white space as signs.")
            ),
            "bytes": st.column_config.TextColumn(
                _("bytes"), help=_("What it stands for in UTF-8, hexadecimal.")
            ),
            "place": st.column_config.TextColumn(
                _("place"),
                width=60,
                help=_("First and last character of the text, counted from 1."),
            ),
            "word": st.column_config.TextColumn(
                _("word"), width=50, help=_("Which of the words that pre-tokenising gave, from 1.")
            ),
            "note": _("note"),
        },
    )
    if len(cut_text.tokens) > TABLE_TOKENS:
        st.caption(
            _("The first {shown} of {count} tokens; the CSV file holds all.").format(
                shown=f"{TABLE_TOKENS:,}", count=f"{len(cut_text.tokens):,}"
            )
        )


def tokens_table(cut_text: CutText) -> pd.DataFrame:
    """One row a token, at most TABLE_TOKENS."""
    shown = cut_text.tokens[:TABLE_TOKENS]
    times = Counter(token.group for token in shown)
    return pd.DataFrame(
        [
            {
                "number": number,
                "id": token.token_id,
                "piece": shortened(token.piece),
                "text": _NONE if token.span is None else visible(cut_text.text[slice(*token.span)]),
                "bytes": shown_bytes(token.data),
                "place": _place(token),
                "word": _NONE if token.word is None else f"{token.word + 1}",
                "note": ", ".join(_notes(token, times[token.group] > 1)),
            }
            for number, token in enumerate(shown)
        ]
    )


def _place(token: Token) -> str:
    if token.span is None:
        return _NONE
    first, last = token.span[0] + 1, token.span[1]
    return f"{first}" if first == last else f"{first}–{last}"


def _notes(token: Token, is_shared: bool) -> list[str]:
    notes = []
    if token.role is Role.FRAME:
        notes.append(_("put around the text"))
    if token.role is Role.WRITTEN:
        notes.append(_("its own token, written in the text"))
    if token.is_unknown:
        notes.append(_("unknown"))
    if token.is_byte:
        notes.append(_("a single byte"))
    if is_shared:
        notes.append(_("shares a character"))
    return notes
