"""What the model says of each token, special ones included: all labels, as a table of squares."""

from __future__ import annotations

import math
from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from components.classify import keys
from components.colours import Theme
from components.figures.label_matrix import LABELS, label_matrix
from components.i18n import _
from components.theme import current_theme
from loupe.tasks.token_classification import TokenClassificationResult

# More tokens are on further pages: more rows no screen shows, and each costs the browser time.
TOKENS_A_PAGE = 40
FIGURES_KEPT = 32


def draw_matrix(result: TokenClassificationResult) -> None:
    """One page of tokens; which one is asked where there are several."""
    tokens = result.trace.tokens
    pages = -(-len(tokens) // TOKENS_A_PAGE)
    held = st.session_state.get(keys.MATRIX_PAGE, 1)
    if held > pages:
        st.session_state[keys.MATRIX_PAGE] = 1
    first = 0
    if pages > 1:
        first = TOKENS_A_PAGE * (st.pagination(pages, key=keys.MATRIX_PAGE) - 1)
        st.caption(
            _("Tokens {first} to {last} of {count}").format(
                first=first + 1, last=min(first + TOKENS_A_PAGE, len(tokens)), count=len(tokens)
            )
        )
    part = slice(first, first + TOKENS_A_PAGE)
    probs = tuple(tuple(math.exp(nats) for nats in row) for row in result.log_probs[part])
    words = tuple((name, _(text)) for name, text in LABELS.items())
    st.plotly_chart(
        _figure(probs, tuple(t.token for t in tokens[part]), result.labels, current_theme(), words),
        key=f"{keys.PAGE}_matrix",
        config={"displayModeBar": False},
        alt=_("Squares: every label’s probability at each token"),
    )


@lru_cache(maxsize=FIGURES_KEPT)
def _figure(
    probs: tuple[tuple[float, ...], ...],
    tokens: tuple[str, ...],
    names: tuple[str, ...],
    theme: Theme,
    words: tuple[tuple[str, str], ...],
) -> go.Figure:
    return label_matrix(probs, tokens=tokens, names=names, theme=theme, labels=dict(words))
