"""The tab "My own words?"."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import streamlit as st

from components import resources
from components.error_box import show_error
from components.fill_mask import keys
from components.fill_mask.defaults import DEFAULT_WORDS
from components.i18n import _
from components.numbers import percent, signed
from components.probability_table import bar_column
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.errors import LoupeError
from loupe.tasks import fill_mask

# A word of several pieces is no entry of the vocabulary.
NO_RANK = "–"


def draw_words(key: ModelKey, query: fill_mask.FillMaskQuery) -> fill_mask.FillMaskResult | None:
    """Ask for words, score them at every mask; the result with its scores, or None."""
    words = ask_words()
    if not words:
        st.caption(_("Type at least one word."))
        return None
    try:
        asked = replace(query, words=words)
        result = wait_for(fill_mask.submit(resources.pool(), key, asked))
    except LoupeError as error:
        show_error(error, key=keys.WORDS)
        return None
    columns = ["word", "bar", "probability", "log_prob", "rank", "pieces", "note"]
    table = scores_table(result)
    if len(result.masks) > 1:
        columns.insert(0, "mask")
    if not table["note"].any():
        columns.remove("note")
    st.dataframe(
        table,
        hide_index=True,
        column_order=columns,
        key=f"{keys.PAGE}_words_table",
        column_config={
            "bar": bar_column(_("compared"), float(table["bar"].max())),
            "probability": _("probability (model)"),
            "log_prob": st.column_config.NumberColumn(_("ln p (nats)"), format="%.3f"),
            "mask": st.column_config.NumberColumn(_("mask"), width="small"),
            "word": _("word"),
            "pieces": _("pieces, with ln p of each"),
            "rank": st.column_config.TextColumn(
                _("rank"), help=_("Among single vocabulary entries; a word of several has none.")
            ),
            "note": _("note"),
        },
    )
    st.caption(
        _(
            "A word of several pieces is asked with as many masks and filled from the left: its "
            "value is the sum of its pieces’. Words with different numbers of pieces answer "
            "different questions; compare them with care."
        )
    )
    return result


def ask_words() -> tuple[str, ...]:
    """The words typed, without repetitions, in order."""
    st.session_state.setdefault(keys.WORDS, DEFAULT_WORDS)
    typed = st.text_input(
        _("Words to score, parted by commas"), key=keys.WORDS, persist_state="session"
    )
    return words_of(typed or "")


def words_of(typed: str) -> tuple[str, ...]:
    """`tea, coffee` as two words; the commas of Chinese and Arabic count as well."""
    for comma in "，、،؛;\n":
        typed = typed.replace(comma, ",")
    return tuple(dict.fromkeys(word.strip() for word in typed.split(",") if word.strip()))


def scores_table(result: fill_mask.FillMaskResult) -> pd.DataFrame:
    """One row a word and mask, the most probable first."""
    number_of: dict[object, int] = {}
    for number, mask in enumerate(result.masks, start=1):
        number_of.setdefault(mask.span, number)
    rows = [
        {
            "mask": number_of[score.span],
            "word": score.word,
            "bar": math.exp(score.log_prob),
            "probability": percent(math.exp(score.log_prob)),
            "log_prob": score.log_prob,
            "rank": f"{score.pieces[0].rank:,}" if len(score.pieces) == 1 else NO_RANK,
            "pieces": "  ".join(f"{p.token} {signed(p.log_prob)}" for p in score.pieces),
            "note": _note(score),
        }
        for score in result.words
    ]
    return pd.DataFrame(rows).sort_values(["mask", "log_prob"], ascending=[True, False])


def _note(score: fill_mask.WordScore) -> str:
    if score.unknown:
        return _("not in the vocabulary: the score is that of “unknown”")
    if score.retokenised:
        return _("with this word, the text around it is cut into other pieces")
    return ""
