"""What a causal model writes: its next token, or a text until it ends."""

from __future__ import annotations

import math
from collections.abc import Callable

import streamlit as st

from components import resources
from components.figures.horizontal_bars import COLOURS
from components.figures.mask_bars import LABELS, mask_bars
from components.generate.modes import DEFAULT_CHECKPOINT
from components.guide.evidence.masks import GUESSES, say_model
from components.hardware_panel import model_key
from components.i18n import _
from components.numbers import percent
from components.theme import current_theme
from components.waiting import wait_for
from loupe.sampling import Sampling
from loupe.tasks import text_generation
from loupe.tasks.text_generation import Finish, GenerationQuery, Sample

NEW_TOKENS = 60


def write(prompt: str, new_tokens: int = NEW_TOKENS) -> Sample:
    """The most probable token, again and again, until the model ends the text."""
    query = GenerationQuery(prompt, max_new_tokens=new_tokens, sampling=Sampling(do_sample=False))
    key = model_key(DEFAULT_CHECKPOINT, text_generation.AUTO_CLASS)
    result = wait_for(text_generation.submit(resources.pool(), key, query))
    return result.samples[0]


def next_token(prompt: str) -> Callable[[str], None]:
    """Draws what could come next."""

    def draw(key: str) -> None:
        sample = write(prompt, 1)
        st.text(prompt)
        st.plotly_chart(
            mask_bars(
                sample.output[0],
                shown=GUESSES,
                vocab_size=sample.trace.vocab_size,
                colours=COLOURS[current_theme()],
                labels={name: _(text) for name, text in LABELS.items()},
            ),
            key=key,
            config={"displayModeBar": False},
            alt=_("Bars: what the model expects next"),
        )
        say_model(str(DEFAULT_CHECKPOINT))

    return draw


def text(prompt: str) -> Callable[[str], None]:
    """Draws the text, and how it ended."""

    def draw(key: str) -> None:
        sample = write(prompt)
        with st.container(border=True, key=key):
            st.text(prompt + sample.text)
        st.caption(_how_it_ended(sample))
        say_model(str(DEFAULT_CHECKPOINT))

    return draw


def _how_it_ended(sample: Sample) -> str:
    last = sample.output[-1]
    if sample.finish is Finish.END_OF_TEXT and last.log_prob is not None:
        return _("The model ended it: after {count} tokens its end token had {prob}.").format(
            count=len(sample.output) - 1, prob=percent(math.exp(last.log_prob))
        )
    return _("It was cut off after {count} tokens: the model had not ended it.").format(
        count=len(sample.output)
    )
