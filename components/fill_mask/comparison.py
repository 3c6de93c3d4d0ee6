"""The tab "Another model?"."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd
import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.error_box import show_error
from components.fill_mask import keys
from components.fill_mask.defaults import DEFAULT_OTHER
from components.i18n import _
from components.numbers import percent
from components.probability_table import bar_column
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.errors import LoupeError
from loupe.tasks import fill_mask

# The words of each side that are scored by both.
WORDS_COMPARED = 8


def draw_comparison(key: ModelKey, result: fill_mask.FillMaskResult) -> None:
    """Ask for a second checkpoint; the two answers side by side, with their differences."""
    other = pick_checkpoint(
        fill_mask.TASK,
        fill_mask.AUTO_CLASS,
        key=keys.OTHER,
        default=DEFAULT_OTHER,
        label=_("Second checkpoint"),
    )
    if other is None or not is_usable(other, key=keys.OTHER):
        return
    other_key = replace(key, ref=other)
    try:
        answer = wait_for(fill_mask.submit(resources.pool(), other_key, result.query))
        words = fill_mask.shared_words(result, answer, WORDS_COMPARED)[: fill_mask.MAX_WORDS]
        asked = replace(result.query, words=words)
        a = wait_for(fill_mask.submit(resources.pool(), key, asked))
        b = wait_for(fill_mask.submit(resources.pool(), other_key, asked))
    except LoupeError as error:
        show_error(error, key=keys.OTHER)
        return
    for number, comparison in enumerate(fill_mask.compare(a, b), start=1):
        st.text(
            _("Mask {number} · entropy {a} nats and {b} nats").format(
                number=number, a=f"{comparison.entropy_a:.2f}", b=f"{comparison.entropy_b:.2f}"
            )
        )
        table = comparison_table(comparison)
        longest = float(table[["bar_a", "bar_b"]].max().max()) if len(table) else 1.0
        st.dataframe(
            table,
            hide_index=True,
            key=f"{keys.PAGE}_comparison_{number}",
            column_config={
                "word": _("word"),
                "bar_a": bar_column(_("compared"), longest),
                "a": key.ref.label,
                "bar_b": bar_column(_("compared"), longest),
                "b": other.label,
                "difference": st.column_config.NumberColumn(
                    _("difference (points)"), format="%+.2f"
                ),
                "pieces": st.column_config.TextColumn(
                    _("pieces"), help=_("How many pieces each tokenizer makes of the word.")
                ),
            },
        )
    st.caption(
        _(
            "Probabilities are the models’ own, over each whole vocabulary. "
            "Largest difference first."
        )
    )


def comparison_table(comparison: fill_mask.Comparison) -> pd.DataFrame:
    """One row a word, the largest difference first."""
    return pd.DataFrame(
        [
            {
                "word": word.word,
                "bar_a": math.exp(word.log_prob_a),
                "a": percent(math.exp(word.log_prob_a)),
                "bar_b": math.exp(word.log_prob_b),
                "b": percent(math.exp(word.log_prob_b)),
                "difference": 100 * word.difference,
                "pieces": f"{_pieces(word.pieces_a, word.unknown_a)} / "
                f"{_pieces(word.pieces_b, word.unknown_b)}",
            }
            for word in comparison.words
        ]
    )


def _pieces(count: int, unknown: bool) -> str:
    return _("unknown") if unknown else str(count)
