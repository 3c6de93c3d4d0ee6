"""The tab "What does another model say?": the same text to a second checkpoint."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pandas as pd
import streamlit as st

from components import resources
from components.checkpoint_access import is_usable
from components.checkpoint_picker import pick_checkpoint
from components.classify import keys
from components.classify.entities import draw_tagged_text
from components.classify.modes import CLASSIFY, TAG, Mode
from components.error_box import show_error
from components.i18n import _
from components.numbers import percent, signed
from components.probability_table import bar_column
from components.waiting import wait_for
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine import ModelKey
from loupe.errors import LoupeError, WrongHead
from loupe.tasks import text_classification, token_classification
from loupe.tasks.text_classification import LabelScore, TextClassificationResult
from loupe.tasks.token_classification import TokenClassificationResult
from loupe.training.spec import RunSpec

_NONE = "–"


def compare_labels(key: ModelKey, result: TextClassificationResult) -> None:
    """Ask for a second checkpoint; the labels of both, those that differ most first."""
    other = _pick(CLASSIFY, key.ref)
    if other is None:
        return
    try:
        ticket = text_classification.submit(resources.pool(), replace(key, ref=other), result.query)
        theirs = wait_for(ticket)
    except LoupeError as error:
        _say(error, key.ref, other, CLASSIFY)
        return
    table = labels_table(result, theirs)
    longest = float(table[["bar_a", "bar_b"]].max().max() or 1.0)
    st.dataframe(
        table,
        hide_index=True,
        key=f"{keys.PAGE}_compared_labels",
        column_config={
            "label": _("label"),
            "bar_a": bar_column(_("compared"), longest),
            "a": key.ref.label,
            "bar_b": bar_column(_("compared"), longest),
            "b": other.label,
            "difference": st.column_config.NumberColumn(_("difference (points)"), format="%+.2f"),
        },
    )
    if not {entry.label for entry in result.labels} & {entry.label for entry in theirs.labels}:
        st.text(_("The two have no label in common: they answer different questions."))
    st.caption(
        _(
            "Probabilities are the models’ own. Labels are matched by their names; the largest "
            "difference first."
        )
    )


def labels_table(
    result: TextClassificationResult, theirs: TextClassificationResult
) -> pd.DataFrame:
    """One row a label of either; difference: of the second from the first, in points."""
    a = {entry.label: entry for entry in result.labels}
    b = {entry.label: entry for entry in theirs.labels}
    rows = [
        {
            "label": name,
            "bar_a": _prob(a.get(name)),
            "a": _said(a.get(name)),
            "bar_b": _prob(b.get(name)),
            "b": _said(b.get(name)),
            "difference": _difference(a.get(name), b.get(name)),
        }
        for name in dict.fromkeys([*a, *b])
    ]
    rows.sort(key=lambda row: -abs(float(row["difference"] or 0.0)))
    return pd.DataFrame(rows)


def _prob(entry: LabelScore | None) -> float | None:
    return None if entry is None else entry.prob


def _said(entry: LabelScore | None) -> str:
    if entry is None:
        return _NONE
    return signed(entry.score, 4) if entry.prob is None else percent(entry.prob)


def _difference(a: LabelScore | None, b: LabelScore | None) -> float | None:
    if a is None or b is None or a.prob is None or b.prob is None:
        return None
    return 100 * (b.prob - a.prob)


def compare_tags(key: ModelKey, result: TokenClassificationResult) -> None:
    """Ask for a second checkpoint; what it finds in the text, and the words they differ in."""
    other = _pick(TAG, key.ref)
    if other is None:
        return
    try:
        ticket = token_classification.submit(
            resources.pool(), replace(key, ref=other), result.query
        )
        theirs = wait_for(ticket)
    except LoupeError as error:
        _say(error, key.ref, other, TAG)
        return
    st.text(other.label)
    draw_tagged_text(theirs, key=f"{keys.PAGE}_compared_text")
    table = tags_table(result, theirs)
    if table.empty:
        st.text(_("Both give every word the same tag."))
        return
    st.dataframe(
        table,
        hide_index=True,
        key=f"{keys.PAGE}_compared_tags",
        column_config={
            "word": _("word"),
            "a": key.ref.label,
            "prob_a": _("probability (model)"),
            "b": other.label,
            "prob_b": _("probability (model)"),
        },
    )
    st.caption(_("Only the words that the two tag differently."))


def tags_table(
    result: TokenClassificationResult, theirs: TokenClassificationResult
) -> pd.DataFrame:
    """One row a word with two different tags; words are matched by their place in the text."""
    others = {word.span: word for word in theirs.words}
    return pd.DataFrame(
        [
            {
                "word": word.text,
                "a": word.tag,
                "prob_a": percent(word.prob),
                "b": other.tag if other is not None else _NONE,
                "prob_b": percent(other.prob) if other is not None else _NONE,
            }
            for word in result.words
            if (other := others.get(word.span)) is None or other.tag != word.tag
        ]
    )


def _pick(mode: Mode, first: CheckpointRef) -> CheckpointRef | None:
    """The second checkpoint; None where it cannot be used, which is then said."""
    key = keys.other(mode)
    other = pick_checkpoint(
        mode.task,
        mode.auto_class,
        key=key,
        default=default_other(mode, first),
        label=_("Second checkpoint"),
    )
    return other if other is not None and is_usable(other, key=key) else None


def default_other(mode: Mode, first: CheckpointRef) -> CheckpointRef:
    """What a run began from; else the bundled one, or where that is the first, the next offered."""
    base = base_of(first)
    if base is not None:
        return base
    offered = [offer.ref for offer in resources.offered(mode.task, mode.auto_class)]
    return next((ref for ref in (mode.checkpoint, *offered) if ref != first), mode.checkpoint)


def base_of(ref: CheckpointRef) -> CheckpointRef | None:
    """What a run was trained from; None for what is no run, and for one from scratch."""
    if ref.kind is not Kind.RUN:
        return None
    with suppress(LoupeError):
        name = RunSpec.read(resources.places().runs / ref.id / "run.yaml").model.checkpoint
        return None if name is None else CheckpointRef.parse(name)
    return None


def _say(error: LoupeError, first: CheckpointRef, other: CheckpointRef, mode: Mode) -> None:
    """What went wrong with the second; the first's answer stays."""
    if isinstance(error, WrongHead) and other == base_of(first):
        st.text(
            _(
                "{name} is what the run began from. It was never trained for this, so it has no "
                "answer of its own to compare with. Choose another checkpoint, or an earlier step "
                "of the run ({example})."
            ).format(name=other.label, example=f"run:{first.id}@STEP")
        )
    else:
        show_error(error, key=keys.other(mode))
