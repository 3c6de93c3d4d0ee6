"""The tab "What fits the gap?": the most probable entries of each mask."""

from __future__ import annotations

import math
from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from components.colours import Theme
from components.figures.horizontal_bars import COLOURS
from components.figures.mask_bars import LABELS, mask_bars
from components.fill_mask import keys
from components.fill_mask.defaults import SHOWN_DEFAULT, SHOWN_MAX, SHOWN_MIN
from components.i18n import _
from components.numbers import percent
from components.theme import current_theme
from loupe.tasks.fill_mask import FillMaskResult
from loupe.traces import TokenRecord

# More figures than this are no longer looked at, and each costs the browser time.
MASKS_DRAWN = 12
# The figures of one text with as many masks, at every place of the slider.
FIGURES_KEPT = MASKS_DRAWN * SHOWN_MAX


def draw_guesses(result: FillMaskResult) -> None:
    """One figure a mask."""
    st.session_state.setdefault(keys.SHOWN, SHOWN_DEFAULT)
    beside_first, slider_place = st.columns([3, 2], vertical_alignment="bottom")
    shown = slider_place.slider(
        _("Guesses shown"), SHOWN_MIN, SHOWN_MAX, key=keys.SHOWN, persist_state="session"
    )
    masks = result.masks[:MASKS_DRAWN]
    theme = current_theme()
    labels = tuple((name, _(text)) for name, text in LABELS.items())
    # One scale for all masks of the text.
    longest = max(math.exp(mask.top[0].log_prob) for mask in masks)
    for number, mask in enumerate(masks, start=1):
        with beside_first if number == 1 else st.container():
            _draw_heading(number, result, mask)
        figure = _figure(mask, shown, result.trace.vocab_size, longest, theme, labels)
        st.plotly_chart(
            figure,
            key=f"{keys.PAGE}_bars_{number}",
            config={"displayModeBar": False},
            alt=_("Bars: the most probable entries for mask {number}").format(number=number),
        )
    if len(result.masks) > MASKS_DRAWN:
        st.caption(
            _("{count} more masks are in the strip above and in the exported tables.").format(
                count=len(result.masks) - MASKS_DRAWN
            )
        )


def _draw_heading(number: int, result: FillMaskResult, mask: TokenRecord) -> None:
    """The answer in words, above its figure."""
    assert mask.entropy_nats is not None
    best = mask.top[0]
    parts = [
        _("best guess {token}, {prob}").format(
            token=f"“{best.text}”", prob=percent(math.exp(best.log_prob))
        )
    ]
    if len(result.masks) > 1:
        parts.insert(0, _("Mask {number}").format(number=number))
    parts.append(
        _("as unsure as among {choices} equal choices (entropy {entropy} nats)").format(
            choices=_choices(mask.entropy_nats), entropy=f"{mask.entropy_nats:.2f}"
        )
    )
    if mask.hidden and mask.log_prob is not None:
        parts.append(
            _("the hidden token “{token}” has rank {rank}, {prob}").format(
                token=mask.text, rank=f"{mask.rank:,}", prob=percent(math.exp(mask.log_prob))
            )
        )
    if result.trace.dtype != "float32":
        parts.append(_("computed in {dtype}").format(dtype=result.trace.dtype))
    st.text(" · ".join(parts))


def _choices(entropy_nats: float) -> str:
    """The perplexity of the distribution: exp of its entropy."""
    choices = math.exp(entropy_nats)
    return f"{choices:,.0f}" if choices >= 10 else f"{choices:.1f}"


@lru_cache(maxsize=FIGURES_KEPT)
def _figure(
    mask: TokenRecord,
    shown: int,
    vocab_size: int,
    longest: float,
    theme: Theme,
    labels: tuple[tuple[str, str], ...],
) -> go.Figure:
    return mask_bars(
        mask,
        shown=shown,
        vocab_size=vocab_size,
        colours=COLOURS[theme],
        longest=longest,
        labels=dict(labels),
    )
