"""Judged sentences: totals, how well each type is found, the worst sentences, and the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from components import resources
from components.classify import keys
from components.classify.files import draw_csv
from components.classify.judged.outcome import outcome_of
from components.classify.judged.rows import LabelledSentences
from components.classify.modes import TAG
from components.classify.work import Work, start
from components.i18n import _
from components.numbers import percent
from components.quality.entities import draw_entities
from components.quality.place import Place
from loupe.data.outcomes import Entities
from loupe.engine import ModelKey
from loupe.engine.tables import Row
from loupe.tasks import token_classification
from loupe.tasks.token_classification import TaggedSentence

# Smaller differences do not show in three digits.
_TELLS_APART = 5e-4


@dataclass(frozen=True, slots=True)
class AskedSentences:
    """name: of the data and their split. labels: the model's. names: see `judge`."""

    name: str
    rows: LabelledSentences
    labels: tuple[str, ...]
    names: Mapping[str, str | None]


def start_sentences(
    key: ModelKey,
    name: str,
    rows: LabelledSentences,
    labels: tuple[str, ...],
    names: Mapping[str, str | None],
) -> None:
    """Ask for all sentences. names: of the data → of the model, None where left out."""
    start(
        keys.judged(TAG),
        key,
        AskedSentences(name, rows, labels, names),
        lambda one: token_classification.submit_sentences(
            resources.pool(), key, one.rows.sentences
        ),
    )


def draw_judged_sentences(
    work: Work[AskedSentences, list[TaggedSentence]], result: Sequence[TaggedSentence]
) -> None:
    """Everything about the outcome. Raises what `judge` raises."""
    asked = work.asked
    rows = asked.rows
    outcome = outcome_of(
        keys.judged(TAG),
        work,
        lambda: token_classification.judge(
            rows.sentences, rows.tags, result, asked.labels, asked.names
        ),
    )
    assert isinstance(outcome, Entities)
    _draw_totals(outcome)
    cut = sum(sentence.is_cut for sentence in result)
    if cut:
        st.caption(
            _(
                "Of {count} sentences the last words do not fit into the model; they take no part."
            ).format(count=f"{cut:,}")
        )
    draw_entities(Place(keys.PAGE, f"{keys.judged(TAG)}_{work.number}"), outcome)
    draw_csv(
        _("All words (CSV)"),
        lambda: judged_words(outcome),
        file="judged-words.csv",
        key=f"{keys.PAGE}_judged_csv",
    )


def _draw_totals(outcome: Entities) -> None:
    found = token_classification.totals(outcome)
    shown = [(_("Accuracy of words"), percent(found.accuracy))]
    for name, value in (
        (_("Precision"), found.precision),
        (_("Recall"), found.recall),
        ("F1", found.f1),
    ):
        if value is not None:
            shown.append((name, f"{value:.3f}"))
    for column, (name, said) in zip(st.columns(4), shown, strict=False):
        column.metric(name, said)
    st.caption(
        _(
            "Of {words} words in {sentences} sentences. Precision, recall and F1 are of whole "
            "entities, all types together. Rows that the checkpoint was trained on flatter it."
        ).format(words=f"{found.words:,}", sentences=f"{found.sentences:,}")
        if found.f1 is not None
        else _(
            "Of {words} words in {sentences} sentences. Rows that the checkpoint was trained on "
            "flatter it."
        ).format(words=f"{found.words:,}", sentences=f"{found.sentences:,}")
    )
    # Else a tagger that learned IOB1 would look as if it found nothing.
    strict, as_read = found.f1 or 0.0, found.f1_as_read or 0.0
    if abs(as_read - strict) >= _TELLS_APART:
        st.caption(
            _(
                "Counted strictly (IOB2), what begins with I- is no entity. Read as everywhere "
                "else on this page, it is one: F1 {f1}."
            ).format(f1=f"{as_read:.3f}")
        )


def judged_words(outcome: Entities) -> list[Row]:
    """One row a judged word. sentence, word: numbers from 1, of those that were read."""
    return [
        {
            "sentence": number,
            "word": place,
            "text": word,
            "truth": truth,
            "predicted": given,
            "right": truth == given,
        }
        for number, row in enumerate(outcome.rows, start=1)
        for place, (word, truth, given) in enumerate(
            zip(row.words, row.truth, row.predicted, strict=True), start=1
        )
    ]
