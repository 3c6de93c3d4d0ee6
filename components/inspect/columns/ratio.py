"""How long targets are beside their sources: of translations and of summaries."""

from __future__ import annotations

import streamlit as st

from components.awaited import awaited
from components.dataset.lens import Lens
from components.figures.histogram import HistogramBar, histogram
from components.figures.horizontal_bars import COLOURS
from components.i18n import _
from components.inspect import keys
from components.inspect.columns.bars import draw_bars, show_found
from components.inspect.columns.exactly import rows_done
from components.numbers import percent
from components.theme import current_theme
from loupe.data.opened import Split
from loupe.data.profile.ratios import RatioProfile, measure_ratio
from loupe.data.spec import Role
from loupe.engine import Ticket


def draw_ratio(split: Split, lens: Lens, *, summaries: bool) -> None:
    """summaries: the targets are to be shorter."""
    source, target = lens.roles[Role.SOURCE], lens.roles[Role.TARGET]

    def measure(ticket: Ticket[tuple[RatioProfile | None]]) -> tuple[RatioProfile | None]:
        # In a tuple: nothing found is an answer too.
        return (
            measure_ratio(
                split.table,
                split.fingerprint,
                source,
                target,
                cancelled=ticket.cancelled.is_set,
            ),
        )

    answer = awaited(f"{keys.PAGE}_ratios", (split.fingerprint, source, target), measure, rows_done)
    if answer is None:
        return
    (found,) = answer
    if summaries:
        st.subheader(_("How much shorter are the summaries?"))
    else:
        st.subheader(_("How long are translations beside their sources?"))
    if found is None:
        st.text(_("No row has both texts."))
        return
    if summaries:
        st.text(
            _("The middle summary has {share} of its document’s characters.").format(
                share=percent(found.median)
            )
        )
        st.caption(
            _(
                "Summaries near 100 % or above shorten nothing, and teach a model to copy. The "
                "share of most rows is what a trained model will come to write."
            )
        )
    else:
        st.text(
            _("The middle translation has {ratio} times the characters of its source.").format(
                ratio=f"{found.median:.2f}"
            )
        )
        st.caption(
            _(
                "Far out to either side lie pairs that do not belong together, or half a "
                "translation: a model learns to leave out or to make up."
            )
        )
    _draw_ratio_bars(found, summaries)


def _draw_ratio_bars(found: RatioProfile, summaries: bool) -> None:
    bars, names, ranges = [], {}, []
    for place, one in enumerate(found.bins):
        low, high = _ratio(one.low, summaries), None
        if one.high is None:
            range_ = _("{low} or more").format(low=low)
        else:
            high = _ratio(one.high, summaries)
            range_ = _("{low} to {high}").format(low=low, high=high)
        template = (
            _("{range} of the document: {count} rows")
            if summaries
            else _("{range} times as long: {count} rows")
        )
        said = template.format(range=range_, count=f"{len(one.rows):,}")
        bars.append(HistogramBar(one.low, one.high or one.low * 2, len(one.rows), low, said))
        ranges.append(range_)
        if len(one.rows):
            names[place] = said

    def show(place: int) -> None:
        template = _("length {range} of the source")
        show_found(template.format(range=ranges[place]), found.bins[place].rows)

    draw_bars(
        histogram(bars, colours=COLOURS[current_theme()]),
        names,
        show,
        key=f"{keys.PAGE}_ratio",
        alt=_("Bars: how many rows have which ratio of lengths"),
    )


def _ratio(value: float, summaries: bool) -> str:
    return f"{100 * value:g} %" if summaries else f"{value:g}"
