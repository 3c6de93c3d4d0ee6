"""The tab "How much is copied?": how short a summary is, and what stands in the text as it is."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components.i18n import _
from components.probability_table import bar_column
from components.translate import keys
from loupe.tasks.summarization import Copying, SummarizationResult


def draw_copied(result: SummarizationResult) -> None:
    """Lengths, and the share of its words, pairs, triples and fours that the text has."""
    copying = result.copying
    st.text(
        _(
            "{target} characters from {source}: {share} of the text · {target_tokens} tokens "
            "from {source_tokens}"
        ).format(
            target=f"{copying.target_characters:,}",
            source=f"{copying.source_characters:,}",
            share=f"{100 * copying.characters_ratio:.1f} %",
            target_tokens=f"{copying.target_tokens:,}",
            source_tokens=f"{copying.source_tokens:,}",
        )
    )
    if copying.characters_ratio > 1:
        st.text(_("It is longer than the text."))
    st.dataframe(
        copied_table(copying),
        hide_index=True,
        key=f"{keys.PAGE}_copied",
        column_config={
            "n": _("words in a row"),
            "bar": bar_column(_("compared"), 1.0),
            "share": _("found in the text"),
        },
    )
    st.caption(
        _(
            "The share of the summary’s runs of so many words that occur in the text, case and "
            "signs aside. 100 % copies word by word; what is missing to it is new wording, which "
            "may be good paraphrase or made up."
        )
    )


def copied_table(copying: Copying) -> pd.DataFrame:
    """One row for each n; a summary too short for it has none."""
    return pd.DataFrame(
        [
            {
                "n": str(n),
                "bar": share or 0.0,
                "share": "–" if share is None else f"{100 * share:.0f} %",
            }
            for n, share in enumerate(copying.copied, start=1)
        ]
    )
