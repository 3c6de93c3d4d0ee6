"""The tab "Try it": every saved step on its task's page, beside what the run began from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from components import resources, shell
from components.classify.modes import CLASSIFY, TAG
from components.generate.link import GenerateState
from components.i18n import _
from components.runs import keys, words
from components.share_link import ClassifyState, FillMaskState, PageState, to_params
from components.shell import Page
from components.translate.link import TranslateState
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.runs.compare import metrics_before
from loupe.runs.progress import Progress
from loupe.runs.state import Status
from loupe.runs.summary import RunSummary

# Texts that a link can hold without becoming long.
_TEXT_CHARACTERS = 500
# With more saved steps, one is chosen from a list instead of standing in a row.
_ROWS = 12


def draw_trying(run: RunSummary) -> None:
    """A link for each saved step, the best first."""
    steps = resources.runs().folder(run.id).steps()
    if not steps:
        st.text(_("No checkpoint is saved yet. The first comes with the first evaluation."))
        return
    progress = resources.run_progress(run.id)
    text = first_input(progress, run.task)
    ordered = [run.best_step] if run.best_step in steps else []
    ordered += [step for step in reversed(steps) if step not in ordered]
    st.text(
        _("Opens the page of its task with this run, and what it began from as the second model.")
        if run.checkpoint
        else _("Opens the page of its task with this run.")
    )
    for step in ordered[:_ROWS]:
        assert step is not None
        _draw_step(run, step, text, progress)
    _draw_names(run, ordered)


def _draw_step(run: RunSummary, step: int, text: str, progress: Progress) -> None:
    ref = CheckpointRef(Kind.RUN, run.id, str(step))
    page, alone, beside = states(run.task, str(ref), run.checkpoint or "", text)
    with st.container(border=True, key=f"{keys.PAGE}_try_{step}"):
        st.text(" · ".join(_told(run, step, progress)))
        with st.container(horizontal=True):
            _link(page, _("Try it"), ":material/arrow_forward:", alone)
            if beside is not None:
                _link(page, _("Beside what it began from"), ":material/compare:", beside)


def _told(run: RunSummary, step: int, progress: Progress) -> list[str]:
    """The step, whether it is the best, and what it gave."""
    told = [_("step {step}").format(step=f"{step:,}")]
    if step == run.best_step:
        told.append(_("the best") if run.status is Status.FINISHED else _("the best so far"))
    point = next((e for e in progress.evaluations if e.step == step), None)
    metric = run.metric
    if point is not None and metric is not None and metric in point.metrics:
        before = metrics_before(progress).get(metric)
        value = words.number(point.metrics[metric])
        told.append(f"{metric} {value if before is None else f'{words.number(before)} → {value}'}")
    return told


def _link(page: Page, label: str, icon: str, state: PageState) -> None:
    st.page_link(page.path, label=label, icon=icon, query_params=to_params(state))


def _draw_names(run: RunSummary, steps: Sequence[int | None]) -> None:
    st.caption(_("Every picker of checkpoints takes these names:"))
    names = [f"run:{run.id}", *(f"run:{run.id}@{step}" for step in steps)]
    st.code("\n".join(names), language=None)


def first_input(progress: Progress, task: str) -> str:
    """A text to begin with: the first of the run's fixed inputs, as the model saw it.

    Of one to go on with the first half: after a whole text there is only its end to write.
    """
    samples = progress.samples[-1].samples if progress.samples else ()
    first: Mapping[str, object] = samples[0] if samples else {}
    text = str(first.get("shown") or first.get("input") or "")[:_TEXT_CHARACTERS]
    if task != "text-generation":
        return text
    words_of = text.split(" ")
    return " ".join(words_of[: max(1, len(words_of) // 2)])


def states(task: str, model: str, base: str, text: str) -> tuple[Page, PageState, PageState | None]:
    """The page of a task, and what links to it say: the run alone, and beside its base."""
    if task == "fill-mask":
        masked = FillMaskState(text=text, model=model)
        beside = FillMaskState(text=text, model=model, other=base, tab="other")
        return shell.FILL_MASK, masked, beside if base else None
    if task == "text-generation":
        going_on = GenerateState(mode="continue", text=text, model=model)
        other = GenerateState(mode="continue", text=text, model=model, other=base, tab="other")
        return shell.GENERATE, going_on, other if base else None
    if task in ("translation", "summarization"):
        mode = "translate" if task == "translation" else "summarise"
        said = TranslateState(mode=mode, text=text, model=model)
        second = TranslateState(mode=mode, text=text, model=model, second=base, tab="other")
        return shell.TRANSLATE, said, second if base else None
    mode = CLASSIFY.id if task == "text-classification" else TAG.id
    labels = ClassifyState(mode=mode, text=text, model=model)
    compared = ClassifyState(mode=mode, text=text, model=model, other=base, tab="other")
    return shell.CLASSIFY, labels, compared if base else None
