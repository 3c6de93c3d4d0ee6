"""What a tokenizer makes of a split, in numbers, bars and one example."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st

from components.entity_text import EntityMark, entity_text
from components.figures.histogram import HistogramBar, histogram
from components.figures.horizontal_bars import COLOURS
from components.i18n import _
from components.inspect import keys
from components.inspect.columns.bars import show_found
from components.inspect.columns.histograms import filled
from components.inspect.model_view.seeing import CutText, Seen
from components.inspect.model_view.sentences import draw_tiles, say_how_sure, say_limit
from components.numbers import percent
from components.plain_label import plain_label
from components.theme import current_theme
from loupe.data.profile import ModelView
from loupe.data.profile.bins import length_profile

LABELS_SHOWN = 8
# Of a cut text: so much is drawn on both sides of the cut.
AROUND_CHARACTERS = 400


def draw_report(seen: Seen, label: str | None) -> None:
    """All of it. label: the name of the column of labels."""
    view = seen.view
    if not view.rows_read:
        st.text(_("No row has a text."))
        return
    say_limit(seen)
    say_how_sure(view)
    draw_tiles(view)
    _draw_lengths(view)
    if len(seen.cut):
        _draw_cut(seen)
    if label is not None and view.by_label and view.cut.value:
        _draw_labels(view, label)


def _draw_lengths(view: ModelView) -> None:
    profile = length_profile(np.array(view.lengths, dtype=np.int32), "", "words")
    assert profile is not None
    if profile.minimum == profile.maximum:
        st.text(_("Every row has {count} tokens.").format(count=f"{profile.minimum:,}"))
        return
    st.text(
        _("Tokens: {low} to {high}, median {median}; 95 % of the rows have at most {p95}").format(
            low=f"{profile.minimum:,}",
            high=f"{profile.maximum:,}",
            median=f"{profile.median:,.0f}",
            p95=f"{profile.p95:,.0f}",
        )
    )
    bars = [
        HistogramBar(
            one.low,
            one.high + 1,
            one.count,
            f"{one.low:,.0f}",
            _("{low}–{high} tokens: {count} rows").format(
                low=f"{one.low:,.0f}", high=f"{one.high:,.0f}", count=f"{one.count:,}"
            ),
        )
        for one in filled(profile.bins)
    ]
    longest = profile.maximum
    figure = histogram(
        bars,
        colours=COLOURS[current_theme()],
        mark=view.max_length + 1 if view.max_length < longest else None,
        said=f"max_length {view.max_length:,}",
    )
    st.plotly_chart(
        figure,
        key=f"{keys.PAGE}_token_lengths",
        config={"displayModeBar": False},
        alt=_("Bars: how many rows have how many tokens, with a line at max_length"),
    )


def _draw_cut(seen: Seen) -> None:
    st.text(_("The first row that is cut, number {row}:").format(row=f"{int(seen.cut[0]):,}"))
    for place, one in enumerate(seen.first):
        text, marks = around_cut(one)
        if len(seen.first) > 1:
            st.text(one.column)
        entity_text(
            text,
            marks,
            key=f"{keys.PAGE}_cut_{place}",
            label=_("A text with the part that a model does not see"),
        )
    if not seen.view.estimated:
        st.button(
            plain_label(
                _("Show the rows that are cut ({count})").format(count=f"{len(seen.cut):,}")
            ),
            key=f"{keys.PAGE}_cut_rows",
            icon=":material/filter_list:",
            on_click=show_found,
            args=(
                _("cut at {length} tokens").format(length=f"{seen.view.max_length:,}"),
                seen.cut,
            ),
        )


def around_cut(one: CutText) -> tuple[str, list[EntityMark]]:
    """What is left and what is cut off, both shortened where they are long."""
    start, end = one.kept
    kept, after, before = one.text[start:end], one.text[end:], one.text[:start]
    if len(kept) > 2 * AROUND_CHARACTERS:
        kept = kept[:AROUND_CHARACTERS] + " … " + kept[-AROUND_CHARACTERS:]
    text, marks = "", []
    for part, is_cut in ((before, True), (kept, False), (after, True)):
        if len(part) > AROUND_CHARACTERS and is_cut:
            part = (
                "…" + part[-AROUND_CHARACTERS:]
                if part is before
                else part[:AROUND_CHARACTERS] + "…"
            )
        if is_cut and part:
            marks.append(EntityMark((len(text), len(text) + len(part)), _("cut off"), 1))
        text += part
    return text, marks


def _draw_labels(view: ModelView, label: str) -> None:
    assert view.by_label
    worst = view.by_label[0]
    st.text(
        _("Of the labels, “{label}” suffers most: {share} of its {rows} rows are cut.").format(
            label=worst.label, share=percent(worst.share.value), rows=f"{worst.rows:,}"
        )
    )
    shown = view.by_label[:LABELS_SHOWN]
    interval = "interval" if view.estimated else None
    table = pd.DataFrame(
        {
            "label": [one.label for one in shown],
            "rows": [one.rows for one in shown],
            "cut": [one.cut for one in shown],
            "share": [percent(one.share.value) for one in shown],
            "interval": [f"{percent(one.share.low)} – {percent(one.share.high)}" for one in shown],
        }
    )
    st.dataframe(
        table,
        hide_index=True,
        column_order=[
            name for name in ("label", "rows", "cut", "share", interval) if name is not None
        ],
        key=f"{keys.PAGE}_cut_labels",
        column_config={
            "label": plain_label(label),
            "rows": _("rows"),
            "cut": _("rows cut"),
            "share": _("share cut"),
            "interval": _("95 % interval"),
        },
    )
