"""The mode "Score a text": how surprising it is, as a whole and token by token."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from components import resources
from components.generate.strip import draw_strip, pick_measure
from components.i18n import _
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.tasks import text_generation
from loupe.tasks.text_generation import ScoreQuery, ScoreResult
from loupe.tasks.text_generation.export import score_rows


def score(key: ModelKey, text: str) -> ScoreResult:
    """Ask, and draw the answer. Raises what the work raises."""
    result = wait_for(text_generation.submit_score(resources.pool(), key, ScoreQuery(text)))
    _draw_figures(result)
    draw_strip(result.trace, None, pick_measure())
    return result


def _draw_figures(result: ScoreResult) -> None:
    bits = result.bits_per_character
    first, second, third = st.columns(3)
    first.metric(
        _("Perplexity"),
        _number(result.perplexity),
        help=_(
            "exp of the mean surprisal of a token. It compares texts under one model, or models "
            "with one tokenizer."
        ),
    )
    second.metric(
        _("Bits a character"),
        "—" if bits is None else f"{bits:.2f}",
        help=_("Surprisal by the length of the text: it compares models whose tokenizers differ."),
    )
    third.metric(_("Tokens scored"), f"{result.scored_tokens:,}")
    if result.windows > 1:
        st.caption(
            _(
                "Read in {windows} windows of {size} tokens; from the second on, each token is "
                "scored with at least {context} before it."
            ).format(windows=result.windows, size=f"{result.window:,}", context=result.context)
        )


def _number(value: float) -> str:
    return f"{value:,.1f}" if value < 1e6 else f"{value:.1e}"


def draw_surprise(result: ScoreResult) -> None:
    """The tokens, the most surprising first."""
    table = pd.DataFrame(score_rows(result)).dropna(subset=["log_prob"])
    table["surprisal"] = -table["log_prob"]
    table = table.sort_values("surprisal", ascending=False, kind="stable")
    st.caption(_("The tokens, the most surprising first. Surprisal and entropy are in nats."))
    st.dataframe(
        table,
        hide_index=True,
        column_order=("text", "surprisal", "rank", "entropy_nats", "position"),
        column_config={
            "text": st.column_config.TextColumn(_("Token")),
            "surprisal": st.column_config.NumberColumn(_("Surprisal"), format="%.2f"),
            "rank": st.column_config.NumberColumn(_("Rank"), format="%d"),
            "entropy_nats": st.column_config.NumberColumn(_("Entropy"), format="%.2f"),
            "position": st.column_config.NumberColumn(_("Position"), format="%d"),
        },
    )
