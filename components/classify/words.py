"""The tab "How sure is each word?": every word's tag, and all labels of one word."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from components.classify import keys
from components.classify.irregular import fault_text, irregular_words
from components.classify.labels import draw_bars
from components.figures.label_bars import LabelBar
from components.i18n import _
from components.numbers import percent
from components.probability_table import bar_column
from loupe.tasks.token_classification import TokenClassificationResult

# After the tag itself; all of them stand below the table, for the word that is chosen.
NEXT_BEST = 2


def draw_words(result: TokenClassificationResult) -> None:
    """The table of words, and the bars of the chosen one (else of the least sure)."""
    if not result.words:
        st.text(_("The tokenizer finds no word in this text."))
        _draw_rest(result)
        return
    table = words_table(result)
    columns = ["word", "tag", "bar", "probability", "next", "pieces", "note"]
    if not table["note"].any():
        columns.remove("note")
    event = st.dataframe(
        table,
        hide_index=True,
        column_order=columns,
        key=keys.WORDS,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "word": _("word"),
            "tag": _("tag"),
            "bar": bar_column(_("compared"), 1.0),
            "probability": _("probability (model)"),
            "next": _("next best"),
            "pieces": st.column_config.NumberColumn(
                _("pieces"), help=_("Only the first piece of a word counts, as in training.")
            ),
            "note": _("note"),
        },
    )
    chosen = _chosen(event, len(result.words))
    least_sure = min(range(len(result.words)), key=lambda i: result.words[i].log_prob)
    number = least_sure if chosen is None else chosen
    word = result.words[number]
    st.text(
        _("All labels of word {number}, “{word}”, the least sure one:").format(
            number=number + 1, word=word.text
        )
        if chosen is None
        else _("All labels of word {number}, “{word}”:").format(number=number + 1, word=word.text)
    )
    entries = tuple(LabelBar(label, math.exp(nats), nats) for label, nats in result.ranked(word))
    draw_bars(entries, False, key=f"{keys.WORDS}_bars")
    if chosen is None:
        st.caption(_("Choose a row of the table to see another word."))
    _draw_rest(result)


def _draw_rest(result: TokenClassificationResult) -> None:
    """What of the text is no word to the model."""
    if result.control:
        st.caption(
            _(
                "{count} parts of the text are written like the model’s own signs, such as the "
                "one that separates texts, and were read as these signs, not as words."
            ).format(count=len(result.control))
        )
    if result.unread:
        st.caption(
            _("{count} parts of the text are unknown to the tokenizer and were not read.").format(
                count=len(result.unread)
            )
        )


def words_table(result: TokenClassificationResult) -> pd.DataFrame:
    """One row a word, in the order of the text; note: what its tag breaks."""
    irregular = irregular_words(result)
    return pd.DataFrame(
        [
            {
                "word": word.text,
                "tag": word.tag,
                "bar": word.prob,
                "probability": percent(word.prob),
                "next": " · ".join(
                    f"{label} {percent(math.exp(nats))}"
                    for label, nats in result.ranked(word)[1 : 1 + NEXT_BEST]
                ),
                "pieces": word.pieces,
                "note": fault_text(irregular[number]) if number in irregular else "",
            }
            for number, word in enumerate(result.words)
        ]
    )


def _chosen(event: object, words: int) -> int | None:
    """The row that is selected; one of a longer text, from before, is none."""
    rows = getattr(getattr(event, "selection", None), "rows", [])
    return rows[0] if rows and rows[0] < words else None
