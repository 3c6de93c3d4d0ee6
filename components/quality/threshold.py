"""From which probability on a label is given: what each choice would give, and the one to keep."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components.figures.threshold import LABELS, threshold_lines
from components.i18n import _, message_of, remedy_of
from components.numbers import percent
from components.plain_label import plain_label
from components.quality.place import Place
from components.theme import current_theme
from loupe.data.class_metrics import MULTI_LABEL_THRESHOLD
from loupe.data.outcomes import Classes, Labels
from loupe.errors import LoupeError
from loupe.runs import quality
from loupe.runs.decision import Decision, read_decision, write_decision

USUAL = MULTI_LABEL_THRESHOLD
# A threshold lies between 0 and 1, and is neither.
_EDGE = 1e-6


def ask_threshold(
    place: Place, outcome: Classes | Labels, *, decision_file: Path | None
) -> Decision | None:
    """The decision that is tried or kept; None where the most probable class is given."""
    if isinstance(outcome, Classes) and len(outcome.labels) != 2:
        return None
    st.subheader(_("From which probability on?"))
    kept = None if decision_file is None else read_decision(decision_file)
    if kept is not None and kept.label not in outcome.labels:
        kept = None
    label = _ask_label(place, outcome, kept)
    curve = quality.threshold_curve(outcome, label)
    if curve is None:
        st.text(_("No row has this label, so nothing tells a good threshold."))
        return kept
    key = f"{place.key('threshold')}_{outcome.labels.index(label)}"
    if key not in st.session_state:
        is_kept = kept is not None and kept.label == label
        st.session_state[key] = kept.threshold if kept is not None and is_kept else USUAL
    threshold = st.slider(
        _("Threshold"),
        0.0,
        1.0,
        step=0.001,
        format="%.3f",
        key=key,
        help=_("The label is given where its probability (model) is at least this."),
    )
    decision = Decision(label, min(max(threshold, _EDGE), 1 - _EDGE))
    _draw_curve(place, curve, decision.threshold)
    _say_result(outcome, decision)
    _draw_buttons(place, decision_file, outcome, decision, curve, kept, key)
    return decision


def _ask_label(place: Place, outcome: Classes | Labels, kept: Decision | None) -> str:
    """The label; at first the kept one's, else the rarest: of equals the last, as “yes” is."""
    support = {score.label: score.support for score in quality.class_scores(outcome)}
    present = [label for label in outcome.labels if support[label]] or list(outcome.labels)
    first = (
        kept.label if kept is not None else min(reversed(present), key=lambda label: support[label])
    )
    chosen = st.selectbox(
        _("Label"),
        list(outcome.labels),
        index=outcome.labels.index(first),
        key=place.key("label"),
        format_func=lambda label: _("{label} ({count} rows)").format(
            label=label, count=f"{support[label]:,}"
        ),
    )
    return str(chosen)


def _draw_curve(place: Place, curve: quality.ThresholdCurve, threshold: float) -> None:
    st.plotly_chart(
        threshold_lines(
            [point.threshold for point in curve.points],
            [point.precision for point in curve.points],
            [point.recall for point in curve.points],
            [point.f1 for point in curve.points],
            chosen=threshold,
            theme=current_theme(),
            labels={name: _(text) for name, text in LABELS.items()},
        ),
        key=place.key("threshold_figure"),
        config={"displayModeBar": False},
        alt=_("Curves: precision, recall and F1 at each threshold"),
    )


def _say_result(outcome: Classes | Labels, decision: Decision) -> None:
    score = next(
        one for one in quality.class_scores(outcome, decision) if one.label == decision.label
    )
    st.text(
        _(
            "“{label}” from {threshold} on: precision {precision}, recall {recall}, F1 {f1}; "
            "{given} rows get it, {support} have it."
        ).format(
            label=decision.label,
            threshold=threshold_text(decision.threshold),
            precision=percent(score.precision),
            recall=percent(score.recall),
            f1=f"{score.f1:.3f}",
            given=f"{score.given:,}",
            support=f"{score.support:,}",
        )
    )


def _draw_buttons(
    place: Place,
    file: Path | None,
    outcome: Classes | Labels,
    decision: Decision,
    curve: quality.ThresholdCurve,
    kept: Decision | None,
    key: str,
) -> None:
    with st.container(horizontal=True):
        st.button(
            _("The best F1: {threshold}").format(threshold=threshold_text(curve.best.threshold)),
            key=place.button("best_threshold"),
            icon=":material/my_location:",
            on_click=_set,
            args=(key, curve.best.threshold),
        )
        if file is None:
            return
        st.button(
            _("Keep this threshold"),
            key=place.button("keep_threshold"),
            type="primary",
            icon=":material/save:",
            disabled=kept == decision,
            on_click=_keep,
            args=(place, file, decision, outcome),
        )
        if kept is not None:
            st.button(
                _("Without a threshold of its own"),
                key=place.button("drop_threshold"),
                icon=":material/undo:",
                on_click=_drop,
                args=(file, key),
            )
    failed = st.session_state.pop(place.button("threshold_failed"), None)
    if isinstance(failed, LoupeError):
        st.text(f"{message_of(failed)} {remedy_of(failed)}")
    if kept is None:
        st.caption(
            _(
                "None is kept: the usual {usual} holds. A kept one goes into the zip, and "
                "predict.py there uses it."
            ).format(usual=USUAL)
        )
    else:
        st.caption(
            _("Kept: “{label}” from {threshold} on. It goes into the zip, for predict.py.").format(
                label=plain_label(kept.label), threshold=threshold_text(kept.threshold)
            )
        )


def threshold_text(value: float) -> str:
    """A probability to part by; near 0 and 1, where sure models put it, with digits that say it."""
    return f"{value:.3f}" if 0.01 <= value <= 0.99 else f"{value:.6f}"


def _set(key: str, threshold: float) -> None:
    st.session_state[key] = threshold


def _keep(place: Place, file: Path, decision: Decision, outcome: Classes | Labels) -> None:
    try:
        write_decision(file, decision, outcome)
    except LoupeError as error:
        st.session_state[place.button("threshold_failed")] = error


def _drop(file: Path, key: str) -> None:
    file.unlink(missing_ok=True)
    st.session_state[key] = USUAL
