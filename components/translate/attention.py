"""The tab "Which words did it look at?": cross-attention of any layer and head."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from components.error_box import show_error
from components.figures.attention_heatmap import LABELS, MAX_CELLS, attention_heatmap
from components.i18n import _
from components.theme import current_theme
from components.translate import keys
from components.translate.answers import Result, look
from loupe.engine import ModelKey
from loupe.errors import LoupeError
from loupe.tasks.translation import Alignment
from loupe.traces import TokenTrace

WORDS, TOKENS = "words", "tokens"
UNITS = {WORDS: "Words", TOKENS: "Tokens"}
MEAN = 0  # of layers and heads, which are counted from 1


def draw_attention(key: ModelKey, result: Result) -> None:
    """The selectors and the figure."""
    try:
        alignment = _alignment(key, result)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_attention")
        return
    unit, layer, head = _ask(alignment)
    if unit == WORDS and not (alignment.source and alignment.target):
        st.text(_("One side has no words; these are its tokens."))
        unit = TOKENS
    if unit == WORDS:
        weights = alignment.words(layer, head)
        source = [result.source.text[slice(*word.span)] for word in alignment.source]
        target = [result.target.text[slice(*word.span)] for word in alignment.target]
    else:
        weights = alignment.tokens(layer, head)
        source, target = _tokens(result.source), _tokens(result.target)
    if weights.size > MAX_CELLS:
        st.text(
            _(
                "{rows} times {columns} are too many to draw. Look at one sentence at a time."
            ).format(rows=len(target), columns=len(source))
        )
        return
    _draw(weights.tolist(), source, target)
    _draw_notes(unit)


def _draw(weights: list[list[float]], source: Sequence[str], target: Sequence[str]) -> None:
    figure = attention_heatmap(
        weights,
        source=source,
        target=target,
        theme=current_theme(),
        labels={name: _(text) for name, text in LABELS.items()},
    )
    st.plotly_chart(
        figure,
        key=f"{keys.PAGE}_heatmap",
        config={"displayModeBar": False},
        alt=_("A table of colours: how much each output word looked at each source word"),
    )


def _draw_notes(unit: str) -> None:
    st.caption(
        _(
            "Each row is one part of the output: how the decoder’s attention was spread over the "
            "source just before it was written. No layer or head is “the” alignment; some "
            "look at the end of the source whatever is written."
        )
    )
    if unit == WORDS:
        st.caption(
            _(
                "Pieces of a source word are added up, pieces of an output word averaged. What a "
                "row lacks to 100 % is on tokens that are no words, such as the end."
            )
        )


def _ask(alignment: Alignment) -> tuple[str, int | None, int | None]:
    """The unit, and layer and head counted from 0; None is the mean."""
    st.session_state.setdefault(keys.UNIT, WORDS)
    for key, count in ((keys.LAYER, alignment.layers), (keys.HEAD, alignment.heads)):
        # Another checkpoint may have fewer.
        if not 0 <= st.session_state.get(key, MEAN) <= count:
            st.session_state[key] = MEAN
        st.session_state.setdefault(key, MEAN)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        unit = st.segmented_control(
            _("Between"),
            list(UNITS),
            key=keys.UNIT,
            required=True,
            format_func=lambda name: _(UNITS[name]),
            persist_state="session",
        )
        layer = st.selectbox(
            _("Layer"),
            range(alignment.layers + 1),
            key=keys.LAYER,
            format_func=lambda i: _number(i, _("mean of all")),
            width=160,
            persist_state="session",
        )
        head = st.selectbox(
            _("Head"),
            range(alignment.heads + 1),
            key=keys.HEAD,
            format_func=lambda i: _number(i, _("mean of all")),
            width=160,
            persist_state="session",
        )
    return unit or WORDS, _from_zero(layer), _from_zero(head)


def _number(i: int, mean: str) -> str:
    return mean if i == MEAN else str(i)


def _from_zero(i: int | None) -> int | None:
    return None if i in (None, MEAN) else i - 1


def _tokens(trace: TokenTrace) -> list[str]:
    return [token.text or token.token for token in trace.tokens]


def _alignment(key: ModelKey, result: Result) -> Alignment:
    """Looked at once, however often layer and head are changed."""
    held = st.session_state.get(keys.ALIGNMENT)
    if held is None or held[:2] != (key, result):
        held = (key, result, look(key, result))
        st.session_state[keys.ALIGNMENT] = held
    alignment: Alignment = held[2]
    return alignment
