"""The tab "What does it say?": the fixed inputs, predicted before, during and after training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from components import resources
from components.i18n import _
from components.numbers import percent
from components.row_table import LABELS, Cell, CellKind, Column, Row, row_table
from components.runs import keys
from loupe.runs.progress import SampleSet
from loupe.runs.state import Status
from loupe.runs.summary import RunSummary

TICK_S = 3.0
# Of labels and of guesses at a mask.
BEST = 3
# More columns than this are not read beside each other.
COLUMNS = 4
_CELL_CHARACTERS = 2_000


def draw_saying(run: RunSummary) -> None:
    """The same inputs, side by side for each moment; while the run trains, new ones come."""

    @st.fragment(
        run_every=TICK_S if run.status is Status.RUNNING else None,
        key=f"{keys.PAGE}_saying_{run.id}",
    )
    def live() -> None:
        moments = resources.run_progress(run.id).samples
        if not moments:
            st.text(_("Nothing was predicted yet: that happens before the first step."))
            return
        shown = _chosen(moments, run.id)
        row_table(
            [Column(_("input"), sortable=False)]
            + [Column(_heading(moment), sortable=False) for moment in shown],
            sample_rows(shown),
            key=f"{keys.PAGE}_samples_{run.id}",
            labels={**{name: _(text) for name, text in LABELS.items()}, "table": _("Samples")},
            whole=True,
        )
        st.caption(
            _(
                "The same inputs each time: those named in the run, else some of the held-out "
                "rows. Probabilities are the model’s own; text is written greedily."
            )
        )

    live()


def _chosen(moments: Sequence[SampleSet], run_id: str) -> list[SampleSet]:
    """The first, the newest, and between them those that a person chooses."""
    if len(moments) <= COLUMNS:
        return list(moments)
    between = {moment.step: moment for moment in moments[1:-1]}
    step = st.select_slider(
        _("Between the two"),
        list(between),
        key=f"{keys.STEP}_{run_id}",
        format_func=lambda step: _("step {step}").format(step=f"{step:,}"),
        persist_state="session",
    )
    chosen = between.get(step) or next(iter(between.values()))
    return [moments[0], chosen, moments[-1]]


def _heading(moment: SampleSet) -> str:
    step = f"{moment.step:,}"
    if moment.when == "before":
        return _("before training")
    if moment.when == "after":
        return _("best checkpoint, step {step}").format(step=step)
    return _("step {step}").format(step=step)


def sample_rows(moments: Sequence[SampleSet]) -> list[Row]:
    """One row an input, in the order of the first moment; a cell a moment."""
    inputs = [_input(sample) for sample in moments[0].samples]
    rows = []
    for number, asked in enumerate(inputs):
        answers = [
            _cell(answer(moment.samples[number]))
            if number < len(moment.samples)
            else Cell("", 0, CellKind.MISSING)
            for moment in moments
        ]
        rows.append(Row(number, (_cell(asked), *answers)))
    return rows


def _cell(text: str) -> Cell:
    return Cell(text[:_CELL_CHARACTERS], len(text))


def _input(sample: Mapping[str, Any]) -> str:
    """What was asked; of a masked text what the model saw, and what was hidden."""
    asked = str(sample.get("shown") or sample.get("input") or "")
    hidden = [mask.get("expected") for mask in sample.get("masks") or ()]
    named = [str(word) for word in hidden if word]
    return asked + (_(" ({words} was hidden)").format(words=", ".join(named)) if named else "")


def answer(sample: Mapping[str, Any]) -> str:
    """What a model made of one input, in a line; whatever the task."""
    if "labels" in sample:
        return _ranked(sample["labels"], "label")
    if "masks" in sample:
        return " | ".join(_ranked(mask.get("top") or (), "token") for mask in sample["masks"])
    if "entities" in sample:
        found = [f"{one.get('text')} → {one.get('type')}" for one in sample["entities"]]
        return " · ".join(found) or _("nothing found")
    for name in ("continuation", "translation", "summary"):
        if name in sample:
            return str(sample[name])
    others = {name: value for name, value in sample.items() if name != "input"}
    return " · ".join(f"{name}: {value}" for name, value in others.items())


def _ranked(entries: Sequence[Mapping[str, Any]], name: str) -> str:
    return " · ".join(
        f"{entry.get(name)} {percent(float(entry.get('probability') or 0.0))}"
        for entry in entries[:BEST]
    )
