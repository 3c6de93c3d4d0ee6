"""The tab "What could stand there instead?": alternatives, and the text with one of them."""

from __future__ import annotations

import math

import pandas as pd
import streamlit as st

from components.generate import keys, running
from components.i18n import _
from components.numbers import percent
from components.probability_table import bar_column
from loupe.tasks.text_generation import Sample, branch
from loupe.traces import TokenRecord


def draw_instead(asked: running.Asked, sample: Sample) -> None:
    """The list of the selected token; a click on a row lets the text go on from there."""
    position = selected(sample)
    if position is None:
        st.caption(
            _("Click a token that the model wrote, in bold, to see what it could have written.")
        )
        return
    record = sample.trace.tokens[position]
    st.caption(
        _(
            "Token {number} of the continuation. Click a row: the text goes on with that token, "
            "from where it stands."
        ).format(number=position - sample.prompt_tokens + 1)
    )
    if all(entry.token_id != record.token_id for entry in record.top) and record.rank is not None:
        # As text: it is the model's.
        st.text(
            _("{token} itself: rank {rank}, {p}").format(
                token=record.text,
                rank=f"{record.rank:,}",
                p=percent(math.exp(record.log_prob or -math.inf)),
            )
        )
    table = _table(record)
    rows = st.dataframe(
        table,
        key=list_key(sample, position),
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "bar": bar_column(_("Compared"), float(table["bar"].max())),
            "rank": st.column_config.NumberColumn(_("Rank"), width="small"),
            "text": st.column_config.TextColumn(_("Token")),
            "prob": st.column_config.TextColumn(_("Probability (model)")),
            "sampled": st.column_config.TextColumn(_("After sampling")),
            "here": st.column_config.TextColumn(_("In the text")),
        },
        column_order=[c for c in ("rank", "text", "bar", "prob", "sampled", "here") if c in table],
    ).selection.rows
    if rows:
        _branch(asked, sample, position, record.top[rows[0]].token_id)
        st.rerun()
    if record.rest_prob is not None:
        st.caption(_("All others together: {p}").format(p=percent(record.rest_prob)))


def selected(sample: Sample) -> int | None:
    """The position of the token that was clicked, where this text has it."""
    position = st.session_state.get(keys.SELECTED)
    if not isinstance(position, int):
        return None
    return position if sample.prompt_tokens <= position < len(sample.trace.tokens) else None


def select(position: int) -> None:
    """List the alternatives of this token."""
    st.session_state[keys.SELECTED] = position


def _table(record: TokenRecord) -> pd.DataFrame:
    rows = []
    for i, entry in enumerate(record.top):
        sampled = record.top_sampled[i] if record.top_sampled else None
        rows.append(
            {
                "rank": entry.rank,
                "text": entry.text,
                "bar": math.exp(entry.log_prob),
                "prob": percent(math.exp(entry.log_prob)),
                "sampled": None if sampled is None else percent(sampled),
                "here": _("here") if entry.token_id == record.token_id else "",
            }
        )
    table = pd.DataFrame(rows)
    return table if record.top_sampled else table.drop(columns="sampled")


def list_key(sample: Sample, position: int) -> str:
    """Another text or token is another list, of which no row is chosen yet."""
    before = tuple(record.token_id for record in sample.trace.tokens[:position])
    return f"{keys.INSTEAD}_{running.branches()}_{position}_{hash(before)}"


def _branch(asked: running.Asked, sample: Sample, position: int, token_id: int) -> None:
    running.ask(asked.key, branch(asked.query, sample, position, token_id), branch=True)
