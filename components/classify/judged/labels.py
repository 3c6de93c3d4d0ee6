"""Judged texts: totals, what was taken for what, each class, the surest mistakes, and the rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from components import resources
from components.classify import keys
from components.classify.files import draw_csv
from components.classify.given import decision_file
from components.classify.judged.outcome import outcome_of
from components.classify.judged.rows import LabelledTexts
from components.classify.modes import CLASSIFY
from components.classify.work import Work, start
from components.i18n import _
from components.numbers import percent
from components.quality.classes import draw_classes
from components.quality.place import Place
from loupe.data.outcomes import Classes, ClassRow, LabelRow, Labels
from loupe.engine import ModelKey
from loupe.engine.tables import Row
from loupe.runs import quality
from loupe.runs.decision import Decision
from loupe.tasks import text_classification
from loupe.tasks.text_classification import BatchQuery, BatchResult


@dataclass(frozen=True, slots=True)
class AskedTexts:
    """name: of the data and their split. truth: one entry a row, see `judge`."""

    name: str
    rows: LabelledTexts
    truth: tuple[tuple[int, ...] | None, ...]


def start_texts(
    key: ModelKey, name: str, rows: LabelledTexts, match: Mapping[str, int | None]
) -> None:
    """Ask for all texts. match: see `ask_match`."""
    asked = AskedTexts(name, rows, tuple(_places(labels, match) for labels in rows.labels))
    start(
        keys.judged(CLASSIFY),
        key,
        asked,
        lambda one: text_classification.submit_batch(
            resources.pool(), key, BatchQuery(one.rows.texts)
        ),
    )


def _places(labels: tuple[str, ...], match: Mapping[str, int | None]) -> tuple[int, ...] | None:
    """A row of which a label is left out takes no part."""
    places = [match[name] for name in labels]
    found = tuple(place for place in places if place is not None)
    return found if len(found) == len(places) else None


def draw_judged_texts(work: Work[AskedTexts, BatchResult], result: BatchResult) -> None:
    """Everything about the outcome. Raises what `judge` raises."""
    asked = work.asked
    outcome = outcome_of(
        keys.judged(CLASSIFY), work, lambda: text_classification.judge(result, asked.truth)
    )
    assert isinstance(outcome, Classes | Labels)
    totals = st.container()
    place = Place(keys.PAGE, f"{keys.judged(CLASSIFY)}_{work.number}")
    decision = draw_classes(place, outcome, decision_file=decision_file(work.key.ref))
    with totals:
        _draw_totals(outcome, decision)
        for said in _left_out(asked, result):
            st.caption(said)
    draw_csv(
        _("All rows (CSV)"),
        lambda: judged_rows(asked, result, outcome, decision),
        file="judged-texts.csv",
        key=f"{keys.PAGE}_judged_csv",
    )


def _left_out(asked: AskedTexts, result: BatchResult) -> Iterator[str]:
    """What was not judged, or not all of it."""
    if result.cut:
        yield _("Only the beginning was read of {count} texts, which are too long.").format(
            count=f"{result.cut:,}"
        )
    if result.passed_over:
        yield _("Rows without a text, which take no part: {count}").format(
            count=f"{result.passed_over:,}"
        )
    left_out = sum(truth is None for truth in asked.truth)
    if left_out:
        yield _("Rows with a label that is left out: {count}").format(count=f"{left_out:,}")


def _draw_totals(outcome: Classes | Labels, decision: Decision | None) -> None:
    found = quality.totals(outcome, decision)
    columns = st.columns(4)
    shown = (
        (_("Accuracy"), percent(found.accuracy)),
        (_("Precision"), f"{found.precision:.3f}"),
        (_("Recall"), f"{found.recall:.3f}"),
        ("F1", f"{found.f1:.3f}"),
    )
    for column, (name, value) in zip(columns, shown, strict=True):
        column.metric(name, value)
    st.caption(
        _(
            "Of {count} rows. Precision, recall and F1 are means over the labels (macro). Rows "
            "that the checkpoint was trained on flatter it."
        ).format(count=f"{found.rows:,}")
    )


def judged_rows(
    asked: AskedTexts, result: BatchResult, outcome: Classes | Labels, decision: Decision | None
) -> list[Row]:
    """One row a judged text: what it has, what it was given, and every label's probability.

    row: in its split, counted from 1.
    """
    kept = [
        (number, labels)
        for number, labels, truth, row in zip(
            asked.rows.numbers, asked.rows.labels, asked.truth, result.rows, strict=True
        )
        if truth is not None and row.scores
    ]
    judged: Sequence[ClassRow | LabelRow] = outcome.rows
    rows: list[Row] = []
    for (number, labels), one, names in zip(kept, judged, _given(outcome, decision), strict=True):
        right = tuple(outcome.labels[i] for i in _truth(one))
        rows.append(
            {
                "row": number + 1,
                "text": one.text,
                "label in the data": ", ".join(labels),
                "truth": ", ".join(right),
                "predicted": ", ".join(names),
                "right": names == right,
                **{
                    f"prob {name} ({i})": one.probabilities[i]
                    for i, name in enumerate(outcome.labels)
                },
            }
        )
    return rows


def _truth(row: ClassRow | LabelRow) -> tuple[int, ...]:
    if isinstance(row, ClassRow):
        return (row.truth,)
    return tuple(i for i, flag in enumerate(row.truth) if flag)


def _given(outcome: Classes | Labels, decision: Decision | None) -> list[tuple[str, ...]]:
    if isinstance(outcome, Classes):
        return [(outcome.labels[i],) for i in quality.given_classes(outcome, decision)]
    flags = quality.given_labels(outcome, decision)
    return [
        tuple(name for name, flag in zip(outcome.labels, row, strict=True) if flag) for row in flags
    ]
