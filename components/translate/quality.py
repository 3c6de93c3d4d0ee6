"""The tab "How good is it?": beside a text that somebody else wrote."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from math import exp

import pandas as pd
import streamlit as st

from components import resources
from components.error_box import show_error
from components.i18n import _
from components.numbers import percent, signed
from components.token_strip import LABELS, Legend, StripPiece, pieces_from_trace, token_strip
from components.translate import keys
from components.waiting import wait_for
from loupe.engine import ModelKey
from loupe.engine.encoding import refuse_unreadable
from loupe.errors import LoupeError
from loupe.tasks import summarization, translation
from loupe.tasks.summarization import SummarizationResult
from loupe.tasks.translation import TranslationResult, UserTranslation, preferred


def draw_translation_quality(key: ModelKey, result: TranslationResult) -> None:
    """Scores against the other translation, and how the model sees that one."""
    other = _ask_other(
        _("A translation by somebody else, or your own"),
        _("Type or paste one: it is compared with the model’s, and the model reads it."),
    )
    try:
        refuse_unreadable(other)
        scores = translation.score_reference([result.text], [other])
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_other")
        return
    st.text(
        _("The model’s against it: chrF {chrf}, BLEU {bleu} (each 0 to 100)").format(
            chrf=f"{scores.chrf:.1f}", bleu=f"{scores.bleu:.1f}"
        )
    )
    st.code(f"{scores.chrf_signature}\n{scores.bleu_signature}", language=None, wrap_lines=True)
    st.caption(
        _(
            "Both count what the texts share, letters or words: a good translation in other words "
            "scores low. One sentence says little; numbers compare with equal signatures only."
        )
    )
    try:
        own = wait_for(translation.submit_own(resources.pool(), key, result, other))
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_own")
        return
    _draw_own(own)


def _draw_own(own: UserTranslation) -> None:
    words = {name: _(text) for name, text in LABELS.items()}
    st.divider()
    st.markdown(f"**{_('How likely is it for the model?')}**")
    st.caption(
        _(
            "Where the model disagrees, what it preferred stands below, coloured by its own "
            "probability."
        )
    )
    token_strip(
        marked_pieces(own, words),
        key=f"{keys.OTHER}_strip",
        legend=Legend(_("probability (model)"), _("0 %"), _("100 %")),
        labels=words,
    )
    st.text(
        _("ln p {own} in all, the model’s own {model}. The less probable is not the worse.").format(
            own=signed(own.log_prob), model=signed(own.model_log_prob)
        )
    )
    if not own.model_ended:
        st.caption(
            _("The model’s was cut before its end, so its sum lacks a term that the other has.")
        )
    if not own.disagreements:
        st.text(_("The model would have written exactly this, token by token."))
        return
    st.dataframe(
        disagreements_table(own),
        hide_index=True,
        key=f"{keys.PAGE}_disagreements",
        column_config={
            "position": st.column_config.NumberColumn(_("token number")),
            "token": _("stands there"),
            "probability": _("probability (model)"),
            "rank": st.column_config.NumberColumn(_("rank")),
            "preferred": _("the model preferred"),
            "of_preferred": _("its probability (model)"),
        },
    )


def marked_pieces(own: UserTranslation, words: Mapping[str, str]) -> tuple[StripPiece, ...]:
    """The strip of the other translation, captioned where the model preferred another token."""
    pieces = pieces_from_trace(own.own, clickable=False, labels=words)
    marked = []
    for piece in pieces:
        choices = [preferred(own.own.tokens[i]) for i in piece.positions]
        choice = next((choice for choice in choices if choice is not None), None)
        if choice is not None:
            # With a caption, it is the caption that has the colour.
            colour = min(exp(choice.log_prob), 1.0)
            piece = replace(piece, caption=choice.text, colour_value=colour)
        marked.append(piece)
    return tuple(marked)


def disagreements_table(own: UserTranslation) -> pd.DataFrame:
    """One row for each token where the model preferred another."""
    tokens = own.own.tokens
    return pd.DataFrame(
        [
            {
                "position": position + 1,
                "token": tokens[position].text,
                "probability": percent(exp(tokens[position].log_prob or 0.0)),
                "rank": tokens[position].rank,
                "preferred": choice.text,
                "of_preferred": percent(exp(choice.log_prob)),
            }
            for position, choice in own.disagreements
        ]
    )


def draw_summary_quality(result: SummarizationResult) -> None:
    """ROUGE against the other summary."""
    other = _ask_other(
        _("A summary by somebody else, or your own"),
        _("Type or paste one: it is compared with the model’s."),
    )
    try:
        refuse_unreadable(other)
        scores = summarization.score_reference(result.text, other)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_other")
        return
    kinds = {"ROUGE-1": scores.rouge1, "ROUGE-2": scores.rouge2, "ROUGE-L": scores.rouge_l}
    table = pd.DataFrame(
        [
            {
                "score": name,
                "precision": f"{one.precision:.3f}",
                "recall": f"{one.recall:.3f}",
                "f1": f"{one.f1:.3f}",
            }
            for name, one in kinds.items()
        ]
    )
    st.dataframe(
        table,
        hide_index=True,
        key=f"{keys.PAGE}_rouge",
        column_config={
            "score": _("score"),
            "precision": _("precision"),
            "recall": _("recall"),
            "f1": "F1",
        },
    )
    st.code(scores.signature, language=None, wrap_lines=True)
    st.caption(
        _(
            "Each 0 to 1, over shared words (1), pairs of words (2), and the longest common "
            "sequence (L). They see words, not whether the summary is true."
        )
    )


def _ask_other(label: str, placeholder: str) -> str:
    st.session_state.setdefault(keys.OTHER, "")
    typed = st.text_area(
        label, key=keys.OTHER, height=76, placeholder=placeholder, persist_state="session"
    )
    return typed or ""
