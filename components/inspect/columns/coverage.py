"""What one split has of another: words and labels."""

from __future__ import annotations

import streamlit as st

from components.awaited import awaited
from components.dataset.lens import Lens
from components.i18n import _
from components.inspect import keys
from components.inspect.columns.exactly import estimate, rows_done
from components.inspect.sample_size import affordable_rows
from components.numbers import percent
from loupe.data.opened import OpenedDataset, Split
from loupe.data.profile import (
    Coverage,
    LabelCoverage,
    measure_coverage,
    measure_label_coverage,
)
from loupe.data.profile.coverage import SAMPLE_ROWS
from loupe.data.spec import Role
from loupe.engine import Ticket

UNSEEN_SHOWN = 15
LABELS_SHOWN = 15
TRAIN = "train"


def draw_coverage(opened: OpenedDataset, split: Split, lens: Lens) -> None:
    """Nothing where there is one split, or nobody has said which column is the text."""
    both = _two_splits(opened, split)
    text = next(
        (lens.roles[r] for r in (Role.TEXT, Role.SOURCE, Role.TOKENS) if r in lens.roles), ""
    )
    if both is None or not text:
        return
    train, test = both
    names = {"train": train.name, "test": test.name}
    st.subheader(_("How much of “{test}” does “{train}” cover?").format(**names))

    def measure(ticket: Ticket[Coverage], sample: int | None) -> Coverage:
        return measure_coverage(
            train.table,
            test.table,
            text,
            sample=sample,
            progress=lambda done, total: ticket.report(done, total, "rows"),
            cancelled=ticket.cancelled.is_set,
        )

    found = estimate(
        "coverage",
        (train.fingerprint, test.fingerprint, text),
        measure,
        sample=lambda ticket: affordable_rows(
            train, [text], SAMPLE_ROWS, cancelled=ticket.cancelled.is_set
        ),
        is_estimate=lambda one: one.estimated,
        said=lambda one: _(
            "Estimated from {train} and {test} rows; over all rows more words are covered."
        ).format(train=f"{one.train_rows_read:,}", test=f"{one.test_rows_read:,}"),
    )
    if found is not None:
        _draw_words(found, names)
    label = lens.roles.get(Role.LABEL) or lens.roles.get(Role.TAGS)
    if label:
        _draw_labels(train, test, label)


def _two_splits(opened: OpenedDataset, split: Split) -> tuple[Split, Split] | None:
    """(train, the split that is seen; where that is train itself, the next one)."""
    if len(opened.splits) < 2:
        return None
    train = next((one for one in opened.splits if one.name == TRAIN), opened.splits[0])
    others = [one for one in opened.splits if one is not train]
    return train, split if split in others else others[0]


def _draw_words(found: Coverage, names: dict[str, str]) -> None:
    one, two = st.columns(2)
    with one:
        st.metric(_("Words that are known"), _share(found.token_share))
        st.caption(
            _(
                "Of all words of “{test}”, those that come up in “{train}” too. Low: what is "
                "tested is not what was learned, and the score will be low."
            ).format(**names)
        )
    with two:
        st.metric(_("Different words that are known"), _share(found.type_share))
        st.caption(
            _(
                "Each word counted once, however often it comes up. Where this is near 100 %, look "
                "for texts that stand in both splits."
            )
        )
    if found.unseen:
        words = ", ".join(f"{word} ({n:,})" for word, n in found.unseen[:UNSEEN_SHOWN])
        st.text(_("Most frequent words that “{train}” lacks:").format(**names))
        st.text(words)


def _share(value: float | None) -> str:
    return "—" if value is None else percent(value)


def _draw_labels(train: Split, test: Split, label: str) -> None:
    def measure(ticket: Ticket[LabelCoverage]) -> LabelCoverage:
        return measure_label_coverage(
            train.table, test.table, label, cancelled=ticket.cancelled.is_set
        )

    asked = (train.fingerprint, test.fingerprint, label)
    found = awaited(f"{keys.PAGE}_label_coverage", asked, measure, rows_done)
    if found is None:
        return
    if not (found.only_train or found.only_test):
        st.text(_("Both splits have the same labels."))
    for name, only, means in (
        (test.name, found.only_test, _("A model cannot learn what it never sees.")),
        (train.name, found.only_train, _("What is learned of them is not tested.")),
    ):
        if only:
            shown = ", ".join(f"“{one}”" for one in only[:LABELS_SHOWN])
            more = len(only) - LABELS_SHOWN
            said = _("Labels in “{split}” alone: {labels}").format(
                split=name, labels=shown + (f" + {more:,}" if more > 0 else "")
            )
            st.text(said)
            st.caption(means)
