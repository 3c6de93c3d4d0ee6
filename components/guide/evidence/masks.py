"""What a masked model expects, for one text or for two beside each other."""

from __future__ import annotations

import math
from collections.abc import Callable

import streamlit as st

from components import resources
from components.figures.horizontal_bars import COLOURS
from components.figures.label_bars import LABELS as LABEL_WORDS
from components.figures.label_bars import LabelBar, label_bars
from components.figures.mask_bars import LABELS, mask_bars
from components.fill_mask.defaults import DEFAULT_CHECKPOINT
from components.hardware_panel import model_key
from components.i18n import _
from components.theme import current_theme
from components.waiting import wait_for
from loupe.tasks import fill_mask
from loupe.tasks.fill_mask import FillMaskResult

GUESSES = 4
_NO_BAR = {"displayModeBar": False}


def ask(text: str, words: tuple[str, ...] = ()) -> FillMaskResult:
    """The bundled masked model's answer."""
    query = fill_mask.FillMaskQuery(text, top_k=GUESSES, words=words)
    key = model_key(DEFAULT_CHECKPOINT, fill_mask.AUTO_CLASS)
    return wait_for(fill_mask.submit(resources.pool(), key, query))


def guesses(*texts: str) -> Callable[[str], None]:
    """Draws the best guesses for the first mask of each text, to one scale."""

    def draw(key: str) -> None:
        results = [ask(text) for text in texts]
        longest = max(math.exp(result.masks[0].top[0].log_prob) for result in results)
        for number, (place, result) in enumerate(
            zip(st.columns(len(results)), results, strict=True)
        ):
            with place:
                st.text(result.query.text)
                st.plotly_chart(
                    mask_bars(
                        result.masks[0],
                        shown=GUESSES,
                        vocab_size=result.trace.vocab_size,
                        colours=COLOURS[current_theme()],
                        longest=longest,
                        labels={name: _(text) for name, text in LABELS.items()},
                    ),
                    key=f"{key}_{number}",
                    config=_NO_BAR,
                    alt=_("Bars: what the model expects at the mask"),
                )
        say_model(str(DEFAULT_CHECKPOINT))

    return draw


def chosen_words(words: tuple[str, ...], *texts: str) -> Callable[[str], None]:
    """Draws how probable each of the words is at the first mask of each text."""

    def draw(key: str) -> None:
        for number, (place, text) in enumerate(zip(st.columns(len(texts)), texts, strict=True)):
            scores = ask(text, words).words
            bars = [LabelBar(s.word, math.exp(s.log_prob), s.log_prob) for s in scores]
            with place:
                st.text(text)
                st.plotly_chart(
                    label_bars(
                        sorted(bars, key=lambda bar: -(bar.prob or 0.0)),
                        colours=COLOURS[current_theme()],
                        labels={name: _(said) for name, said in LABEL_WORDS.items()},
                    ),
                    key=f"{key}_{number}",
                    config=_NO_BAR,
                    alt=_("Bars: how probable each word is at the mask"),
                )
        say_model(str(DEFAULT_CHECKPOINT))

    return draw


def say_model(name: str) -> None:
    """Whose numbers these are."""
    st.caption(_("Probabilities (model) of {name}, computed now.").format(name=name))
