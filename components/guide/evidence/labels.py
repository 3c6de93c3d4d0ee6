"""How well each label of a classifier fits a text."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from components import resources
from components.classify.modes import CLASSIFY
from components.figures.horizontal_bars import COLOURS
from components.figures.label_bars import LABELS, LabelBar, label_bars
from components.guide.evidence.masks import say_model
from components.hardware_panel import model_key
from components.i18n import _
from components.theme import current_theme
from components.waiting import wait_for
from loupe.tasks import text_classification
from loupe.tasks.text_classification import TextClassificationResult


def ask(text: str) -> TextClassificationResult:
    """The bundled classifier's answer."""
    key = model_key(CLASSIFY.checkpoint, text_classification.AUTO_CLASS)
    query = text_classification.TextClassificationQuery(text)
    return wait_for(text_classification.submit(resources.pool(), key, query))


def labels(*texts: str) -> Callable[[str], None]:
    """Draws the labels of each text."""

    def draw(key: str) -> None:
        for number, text in enumerate(texts):
            st.text(text)
            st.plotly_chart(
                label_bars(
                    [LabelBar(one.label, one.prob, one.log_prob) for one in ask(text).labels],
                    colours=COLOURS[current_theme()],
                    labels={name: _(said) for name, said in LABELS.items()},
                ),
                key=f"{key}_{number}",
                config={"displayModeBar": False},
                alt=_("Bars: every label with its probability"),
            )
        say_model(str(CLASSIFY.checkpoint))

    return draw
