"""A translation, each of its tokens with its probability."""

from __future__ import annotations

import math
from collections.abc import Callable

import streamlit as st

from components import resources
from components.figures.horizontal_bars import COLOURS
from components.figures.label_bars import LABELS, LabelBar, label_bars
from components.guide.evidence.masks import say_model
from components.hardware_panel import model_key
from components.i18n import _
from components.theme import current_theme
from components.translate.modes import TRANSLATE
from components.translate.offers import default_checkpoint
from components.waiting import wait_for
from loupe.tasks import translation
from loupe.tasks.translation import TranslationQuery, TranslationResult


def ask(text: str) -> TranslationResult:
    """The bundled translator's answer."""
    key = model_key(default_checkpoint(TRANSLATE), translation.AUTO_CLASS)
    return wait_for(translation.submit(resources.pool(), key, TranslationQuery(text)))


def translated(text: str) -> Callable[[str], None]:
    """Draws the translation and its tokens, in their order."""

    def draw(key: str) -> None:
        result = ask(text)
        st.text(f"{text} → {result.text}")
        bars = [
            LabelBar(token.text or token.token, math.exp(token.log_prob), token.log_prob)
            for token in result.target.tokens
            if token.log_prob is not None
        ]
        st.plotly_chart(
            label_bars(
                bars,
                colours=COLOURS[current_theme()],
                labels={name: _(said) for name, said in LABELS.items()},
            ),
            key=key,
            config={"displayModeBar": False},
            alt=_("Bars: every token of the translation with its probability"),
        )
        say_model(str(default_checkpoint(TRANSLATE)))

    return draw
