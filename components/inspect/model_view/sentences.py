"""The numbers of a tokenised split, each with what it means for a training."""

from __future__ import annotations

import streamlit as st

from components.i18n import _
from components.inspect.model_view.seeing import Seen
from components.numbers import percent
from loupe.data.profile import ModelView
from loupe.data.profile.tokens import BATCH_ROWS


def say_limit(seen: Seen) -> None:
    """Where max_length is more than the model can read."""
    if seen.limit is not None and seen.view.max_length > seen.limit:
        st.warning(
            _("This model reads at most {limit} tokens: a larger max_length is no use.").format(
                limit=f"{seen.limit:,}"
            ),
            icon=":material/warning:",
        )


def say_how_sure(view: ModelView) -> None:
    """Whether these numbers are estimates, and how good."""
    if not view.estimated:
        st.caption(_("Exact, over all {rows} rows.").format(rows=f"{view.rows_read:,}"))
        return
    st.caption(
        _(
            "Estimated from {read} of {rows} rows: with 95 % confidence between {low} and {high} "
            "of all rows are cut."
        ).format(
            read=f"{view.rows_read:,}",
            rows=f"{view.rows:,}",
            low=percent(view.cut.low),
            high=percent(view.cut.high),
        )
    )


def draw_tiles(view: ModelView) -> None:
    """Five numbers."""
    unknown = "—" if view.unknown_share is None else percent(view.unknown_share)
    tiles = (
        (
            _("Rows cut"),
            percent(view.cut.value),
            _("Rows longer than max_length. What is cut off, a model never sees."),
        ),
        (
            _("Tokens lost"),
            percent(view.lost_share),
            _("Of all tokens, those beyond the cut. A few long rows can lose many."),
        ),
        (
            _("Padding, rows as drawn"),
            percent(view.padding_random),
            _("Of all positions in batches of {rows}: work that teaches nothing.").format(
                rows=BATCH_ROWS
            ),
        ),
        (
            _("Padding, grouped by length"),
            percent(view.padding_grouped),
            _("The same where rows of like length share a batch: what grouping would save."),
        ),
        (
            _("Unknown tokens"),
            unknown,
            _("This tokenizer has a piece for everything.")
            if view.unknown_share is None
            else _("Pieces that the vocabulary lacks: the model cannot tell them apart."),
        ),
    )
    # Two rows of tiles: five beside each other leave no room for their sentences.
    for some in (tiles[:3], tiles[3:]):
        for column, (label, value, means) in zip(st.columns(3), some, strict=False):
            with column:
                st.metric(label, value)
                st.caption(means)
