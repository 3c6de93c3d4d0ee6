"""The tab "Which label fits?": all labels of the checkpoint as bars."""

from __future__ import annotations

from functools import lru_cache

import plotly.graph_objects as go
import streamlit as st

from components.classify import keys
from components.colours import Theme
from components.figures.horizontal_bars import COLOURS
from components.figures.label_bars import EVEN, LABELS, LabelBar, label_bars
from components.i18n import _
from components.numbers import percent, signed
from components.quoted import quoted
from components.theme import current_theme
from loupe.tasks.text_classification import Meaning, TextClassificationResult

# More bars than this stand in a box of their own, which scrolls.
BARS_IN_VIEW = 14
SCROLL_PX = 420
FIGURES_KEPT = 64

# What checkpoints that compare a premise with a hypothesis call their labels.
_OF_PAIRS = frozenset({"entailment", "contradiction", "not_entailment"})


def draw_labels(result: TextClassificationResult, given: str = "") -> None:
    """The answer in words, what the numbers mean, and the bars. given: what is given, in words."""
    st.text(" · ".join([*_heading(result), *([given] if given else [])]))
    if not result.names_labels:
        st.caption(
            _(
                "This checkpoint does not name its labels: they are only numbered. "
                "Its model card may say what they stand for."
            )
        )
    if result.query.second is None and _compares_pairs(result):
        st.caption(
            _("Its labels compare two texts: write the other one under “Second text” above.")
        )
    if len(result.labels) == 1 and result.meaning is Meaning.NUMBER:
        return  # a single bar would have nothing to compare with
    entries = tuple(
        LabelBar(entry.label, entry.prob, entry.log_prob, entry.score) for entry in result.labels
    )
    draw_bars(entries, result.meaning is Meaning.EACH, key=f"{keys.PAGE}_bars")


def draw_bars(
    entries: tuple[LabelBar, ...], each_by_itself: bool, *, key: str, line: float = EVEN
) -> None:
    """The figure; many labels scroll, the best (of scores without probability the largest) on top.

    each_by_itself: the labels do not exclude each other. key: of the figure. line: the probability
    that is marked where each stands by itself.
    """
    words = tuple((name, _(text)) for name, text in LABELS.items())
    figure = _figure(entries, each_by_itself, line, current_theme(), words)
    many = len(entries) > BARS_IN_VIEW
    if many:
        if entries[0].prob is None:
            said = _("All {count} scores, the largest first:")
        else:
            said = _("All {count} labels, the best first:")
        st.caption(said.format(count=len(entries)))
    with st.container(height=SCROLL_PX if many else "content", border=many, key=f"{key}_box"):
        st.plotly_chart(
            figure,
            key=key,
            config={"displayModeBar": False},
            alt=_("Bars: every label with its probability or score"),
        )


def _heading(result: TextClassificationResult) -> list[str]:
    best = result.labels[0]
    if result.meaning is Meaning.NUMBER:
        parts = _measured(result)
    elif result.meaning is Meaning.EACH:
        likely = sum((entry.prob or 0.0) > EVEN for entry in result.labels)
        parts = [
            _("{count} of {total} labels are more likely right than wrong").format(
                count=likely, total=len(result.labels)
            ),
            _("each by itself: the probabilities (model) do not sum to 100 %"),
        ]
    else:
        assert best.prob is not None
        parts = [
            _("best label {label}, {prob}").format(
                label=quoted(best.label), prob=percent(best.prob)
            ),
            _("one of these: the probabilities (model) sum to 100 %"),
        ]
    if result.dtype != "float32":
        parts.append(_("computed in {dtype}").format(dtype=result.dtype))
    return parts


def _measured(result: TextClassificationResult) -> list[str]:
    """Each score is an answer of its own, so none leads: they stand as the checkpoint has them."""
    outputs = sorted(result.labels, key=lambda entry: entry.label_id)
    if len(outputs) > BARS_IN_VIEW:  # the bars name them all
        parts = [_("{count} scores").format(count=len(outputs))]
    else:
        parts = [
            _("{label}: {score}").format(label=entry.label, score=signed(entry.score, 4))
            for entry in outputs
        ]
    if len(outputs) == 1:
        return [*parts, _("the score itself: this checkpoint measures, so there is no probability")]
    return [
        *parts,
        _("each score by itself: this checkpoint measures, so there is no probability"),
    ]


def _compares_pairs(result: TextClassificationResult) -> bool:
    return any(entry.label.casefold() in _OF_PAIRS for entry in result.labels)


@lru_cache(maxsize=FIGURES_KEPT)
def _figure(
    entries: tuple[LabelBar, ...],
    each_by_itself: bool,
    line: float,
    theme: Theme,
    words: tuple[tuple[str, str], ...],
) -> go.Figure:
    return label_bars(
        entries,
        colours=COLOURS[theme],
        each_by_itself=each_by_itself,
        line=line,
        labels=dict(words),
    )
