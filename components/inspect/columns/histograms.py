"""The figures of a column's card: how long, how large, how often."""

from __future__ import annotations

import math
from collections.abc import Sequence

import streamlit as st

from components.figures.count_bars import CountBar, count_bars
from components.figures.histogram import HistogramBar, histogram
from components.figures.horizontal_bars import COLOURS
from components.i18n import _
from components.inspect.columns.bars import draw_bars, show_filtered
from components.inspect.wording import value_in_words
from components.numbers import percent
from components.theme import current_theme
from loupe.data.profile import Bin, ColumnCard, LengthProfile, NumberProfile, ValueCounts
from loupe.data.view import Filter

# More bars than this scroll.
BARS_IN_VIEW = 12
SCROLL_PX = 340


def draw_lengths(profile: LengthProfile, *, is_list: bool, key: str) -> None:
    """How long texts are. is_list: their words are the items of lists."""
    st.text(_length_facts(profile, is_list))
    if profile.minimum == profile.maximum:
        return
    bars, names = [], {}
    bins = filled(profile.bins)
    for place, one in enumerate(bins):
        range_ = f"{one.low:,.0f}" if one.low == one.high else f"{one.low:,.0f}–{one.high:,.0f}"
        if profile.unit == "characters":
            template = _("{range} characters: {count} rows")
        else:
            template = (
                _("{range} items: {count} rows") if is_list else _("{range} words: {count} rows")
            )
        said = template.format(range=range_, count=f"{one.count:,}")
        bars.append(HistogramBar(one.low, one.high + 1, one.count, f"{one.low:,.0f}", said))
        if one.count:
            names[place] = said
    draw_bars(
        histogram(bars, colours=COLOURS[current_theme()]),
        names,
        lambda place: show_filtered(bins[place].filter),
        key=key,
        alt=_("Bars: how many rows are how long"),
    )


def filled(bins: Sequence[Bin]) -> tuple[Bin, ...]:
    """Without the empty ones before the first that has rows."""
    first = next((place for place, one in enumerate(bins) if one.count), 0)
    return tuple(bins[first:])


def _length_facts(profile: LengthProfile, is_list: bool) -> str:
    if profile.unit == "characters":
        what = _("Characters")
    else:
        what = _("Items") if is_list else _("Words")
    if profile.minimum == profile.maximum:
        return _("{what}: {count} in every row").format(what=what, count=f"{profile.minimum:,}")
    template = _("{what}: {low} to {high}, median {median}, mean {mean}; 95 % have at most {p95}")
    return template.format(
        what=what,
        low=f"{profile.minimum:,}",
        high=f"{profile.maximum:,}",
        median=f"{profile.median:,.0f}",
        mean=f"{profile.mean:,.1f}",
        p95=f"{profile.p95:,.0f}",
    )


def draw_numbers(profile: NumberProfile, *, key: str) -> None:
    """How large numbers are."""
    st.text(
        _("{low} to {high}, median {median}, mean {mean}, standard deviation {std}").format(
            low=_number(profile.minimum),
            high=_number(profile.maximum),
            median=_number(profile.median),
            mean=_number(profile.mean),
            std=_number(profile.std),
        )
    )
    if profile.infinite:
        st.text(_("{count} rows are infinite.").format(count=f"{profile.infinite:,}"))
    bars, names = [], {}
    for place, one in enumerate(profile.bins):
        after = math.nextafter(one.high, math.inf)
        said = _("{low} to less than {high}: {count} rows").format(
            low=_number(one.low), high=_number(after), count=f"{one.count:,}"
        )
        bars.append(HistogramBar(one.low, after, one.count, _number(one.low), said))
        if one.count:
            names[place] = said
    draw_bars(
        histogram(bars, colours=COLOURS[current_theme()]),
        names,
        lambda place: show_filtered(profile.bins[place].filter),
        key=key,
        alt=_("Bars: how many rows have which numbers"),
    )


def _number(value: float) -> str:
    if abs(value) < 1e15 and value == int(value):
        return f"{int(value):,}"
    return f"{value:,.4g}"


def draw_values(card: ColumnCard, values: ValueCounts, *, key: str) -> None:
    """How often each value or class comes up."""
    if not values.most:
        return
    bars: list[CountBar] = []
    filters: list[Filter | None] = []
    names = {}
    for place, one in enumerate(values.most):
        name = one.label if one.label is not None else value_in_words(one.value)
        if not one.known:
            name = _("{id} (no class has this number)").format(id=one.value)
        count = f"{one.count:,}"
        share = percent(one.count / card.rows) if card.rows else ""
        said = _("{name}: {count} rows, {share}").format(name=name, count=count, share=share)
        bars.append(CountBar(name, one.count, f"{count} · {share}", said, place + 1))
        filters.append(one.filter)
        if one.count:
            names[place] = said
    if values.rest_values and values.rest_rows:
        said = _("{values} other values: {count} rows").format(
            values=f"{values.rest_values:,}", count=f"{values.rest_rows:,}"
        )
        name = _("all others")
        bars.append(CountBar(name, values.rest_rows, f"{values.rest_rows:,}", said, None))
        filters.append(values.rest_filter)
        if values.rest_filter is not None:
            names[len(bars) - 1] = said

    def show(place: int) -> None:
        chosen = filters[place]
        if chosen is not None:
            show_filtered(chosen)

    many = len(bars) > BARS_IN_VIEW
    with st.container(height=SCROLL_PX if many else "content", border=many, key=f"{key}_box"):
        draw_bars(
            count_bars(bars, colours=COLOURS[current_theme()]),
            names,
            show,
            key=key,
            alt=_("Bars: how many rows have which value"),
        )
