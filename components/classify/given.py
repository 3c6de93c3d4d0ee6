"""Which labels are given: from which probability on, by a run's own decision or by the slider."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from components import resources
from components.classify import keys
from components.classify.labels import draw_bars
from components.figures.label_bars import LabelBar
from components.i18n import _
from components.plain_label import plain_label
from components.quality.threshold import threshold_text
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.data.class_metrics import MULTI_LABEL_THRESHOLD
from loupe.runs.decision import Decision, read_decision
from loupe.tasks.text_classification import Meaning, TextClassificationResult
from loupe.training.run_folder import RunFolder

USUAL = MULTI_LABEL_THRESHOLD


@dataclass(frozen=True, slots=True)
class Given:
    """From where on labels are given. labels: (C,) all of the checkpoint's, in its order.

    thresholds: (C,) one for each; of two classes that exclude each other only `parted` has one, and
    the other class is given below it. None: of several classes the most probable one is given.
    is_the_runs: whether a run's own decision is among them.
    """

    labels: tuple[str, ...]
    thresholds: tuple[float, ...] | None
    parted: int | None = None
    is_the_runs: bool = False

    def of(self, probs: tuple[float, ...]) -> tuple[int, ...]:
        """The places of the labels that a text with these probabilities gets."""
        if not probs:
            return ()
        if self.thresholds is None:
            return (max(range(len(probs)), key=probs.__getitem__),)
        if self.parted is not None:
            is_given = probs[self.parted] >= self.thresholds[self.parted]
            return (self.parted if is_given else 1 - self.parted,)
        return tuple(
            i for i, (p, t) in enumerate(zip(probs, self.thresholds, strict=True)) if p >= t
        )


def decision_file(ref: CheckpointRef) -> Path | None:
    """Where a run keeps its decision; None for what is no run."""
    if ref.kind is not Kind.RUN:
        return None
    return RunFolder(resources.places().runs / ref.id).decision


def kept_decision(ref: CheckpointRef, labels: tuple[str, ...]) -> Decision | None:
    """What a person decided for a run; None where nothing, or for a label that it has not."""
    file = decision_file(ref)
    kept = None if file is None else read_decision(file)
    return kept if kept is not None and kept.label in labels else None


def given_by(ref: CheckpointRef, labels: tuple[str, ...], meaning: Meaning) -> Given:
    """What holds for this checkpoint, the slider's place included where somebody has moved it."""
    if meaning is Meaning.NUMBER or (meaning is Meaning.ONE_OF and len(labels) != 2):
        return Given(labels, None)
    kept = kept_decision(ref, labels)
    moved = st.session_state.get(_slider(ref))
    if meaning is Meaning.ONE_OF:
        parted = 1 if kept is None else labels.index(kept.label)
        usual = USUAL if kept is None else kept.threshold
        threshold = usual if moved is None else float(moved)
        pair = (threshold, threshold)
        return Given(labels, pair, parted, is_the_runs=kept is not None and moved in (None, usual))
    thresholds = [USUAL if moved is None else float(moved)] * len(labels)
    # The slider is for all labels; where nobody has moved it, a run's own stands for its label.
    is_the_runs = kept is not None and not st.session_state.get(_by_hand(ref), False)
    if kept is not None and is_the_runs:
        thresholds[labels.index(kept.label)] = kept.threshold
    return Given(labels, tuple(thresholds), is_the_runs=is_the_runs)


def _slider(ref: CheckpointRef) -> str:
    """A threshold belongs to its checkpoint."""
    return f"{keys.THRESHOLD}_{ref}"


def _by_hand(ref: CheckpointRef) -> str:
    """Whether somebody has moved it: where it stands does not tell, it may have been put back."""
    return f"{_slider(ref)}_by_hand"


def _move(ref: CheckpointRef) -> None:
    st.session_state[_by_hand(ref)] = True


def _give_back(ref: CheckpointRef) -> None:
    """Let the run's own hold again."""
    st.session_state[_by_hand(ref)] = False
    st.session_state[_slider(ref)] = USUAL


def say_given(given: Given, result: TextClassificationResult) -> str:
    """What the text gets, in words; empty where that is just the most probable label."""
    if given.thresholds is None:
        return ""
    places = given.of(probs_of(result))
    names = ", ".join(f"“{given.labels[i]}”" for i in places) or _("no label")
    if given.parted is None:
        said = _("given: {labels}").format(labels=names)
        return said + (" · " + _("by this run’s own threshold") if given.is_the_runs else "")
    threshold = threshold_text(given.thresholds[given.parted])
    if given.is_the_runs:
        return _("given: {labels} (“{label}” from {threshold} on, this run’s own)").format(
            labels=names, label=given.labels[given.parted], threshold=threshold
        )
    if given.thresholds[given.parted] == USUAL:
        return ""
    return _("given: {labels} (“{label}” from {threshold} on)").format(
        labels=names, label=given.labels[given.parted], threshold=threshold
    )


def probs_of(result: TextClassificationResult) -> tuple[float, ...]:
    """(C,) in the checkpoint's order; empty for a regression."""
    ordered = sorted(result.labels, key=lambda entry: entry.label_id)
    return tuple(entry.prob for entry in ordered if entry.prob is not None)


def draw_given(ref: CheckpointRef, result: TextClassificationResult) -> None:
    """The tab "From which probability on?": the slider, what it gives, and where it stands."""
    labels = tuple(e.label for e in sorted(result.labels, key=lambda entry: entry.label_id))
    given = given_by(ref, labels, result.meaning)
    if given.thresholds is None:
        st.text(
            _("This checkpoint measures: it gives a number, and no label.")
            if result.meaning is Meaning.NUMBER
            else _(
                "Of several classes that exclude each other the most probable one is given; no "
                "threshold parts them."
            )
        )
        return
    kept = kept_decision(ref, labels)
    key = _slider(ref)
    if key not in st.session_state:
        is_of_it = kept is not None and (given.parted is not None)
        st.session_state[key] = kept.threshold if kept is not None and is_of_it else USUAL
    st.slider(
        _("“{label}” is given from this probability (model) on").format(
            label=plain_label(labels[given.parted])
        )
        if given.parted is not None
        else _("A label is given from this probability (model) on"),
        0.0,
        1.0,
        step=0.001,
        format="%.3f",
        key=key,
        on_change=_move,
        args=(ref,),
        persist_state="session",
    )
    given = given_by(ref, labels, result.meaning)
    assert given.thresholds is not None
    names = [f"“{labels[i]}”" for i in given.of(probs_of(result))]
    st.text(_("Given: {labels}").format(labels=", ".join(names) or _("no label")))
    shown = [e for e in result.labels if given.parted is None or e.label_id == given.parted]
    bars = tuple(LabelBar(e.label, e.prob, e.log_prob, e.score) for e in shown)
    # Not a label's own threshold: the line goes through the bars of all.
    line = float(st.session_state[key])
    draw_bars(bars, True, key=f"{keys.PAGE}_given_bars", line=line)
    if kept is not None:
        _draw_kept(ref, kept, given)
    st.caption(
        _(
            "Which threshold is a good one is told by labelled texts: “How good is it?” draws what "
            "each would give."
        )
    )


def _draw_kept(ref: CheckpointRef, kept: Decision, given: Given) -> None:
    """The run's own decision, and of labels that stand by themselves, whether it holds."""
    said = _("Kept for this run: “{label}” from {threshold} on.").format(
        label=plain_label(kept.label), threshold=threshold_text(kept.threshold)
    )
    if given.parted is not None:
        st.caption(said)
    elif given.is_the_runs:
        st.caption(
            said
            + " "
            + _("It holds for this label, the line for the others; once moved, the line for all.")
        )
    else:
        st.caption(said + " " + _("It does not hold: the slider was moved, and is for all labels."))
        st.button(
            _("The run’s own again"),
            key=f"{keys.PAGE}_given_back",
            icon=":material/undo:",
            on_click=_give_back,
            args=(ref,),
        )
