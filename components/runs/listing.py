"""All runs, and the queue in its order; drawn again every few seconds, also for other browsers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import streamlit as st

from components import resources
from components.i18n import _
from components.plain_label import plain_label
from components.runs import address, keys, words
from components.runs.acting import act
from components.runs.run_list import RunItem, chosen_id, run_list
from loupe.runs.state import Status
from loupe.runs.summary import RunSummary

# While something trains or waits, and while nothing does.
LIVE_TICK_S = 2.0
QUIET_TICK_S = 5.0
# From so many runs on there is something to look for.
FILTERED_FROM = 8
# More are no list any more: they are found by their filters.
SHOWN_MAX = 60
_LIVE = frozenset({Status.QUEUED, Status.RUNNING})


def draw_list(runs: Sequence[RunSummary], chosen: str | None) -> None:
    """The queue, the filters where there are many, and the list."""
    is_live = any(run.status in _LIVE for run in runs)

    @st.fragment(run_every=LIVE_TICK_S if is_live else QUIET_TICK_S, key=f"{keys.LIST}_live")
    def live() -> None:
        if st.session_state.pop(keys.REDRAW, False):
            st.rerun()
        now = resources.runs().list()
        if any(run.status in _LIVE for run in now) != is_live:
            st.rerun()  # with another tick
        _draw_queue([run for run in now if run.status is Status.QUEUED])
        shown = _filtered(now)
        run_list(
            [item_of(run, time.time(), chosen=run.id == chosen) for run in shown[:SHOWN_MAX]],
            key=keys.LIST,
            label=_("Runs"),
            on_choose=_choose,
        )
        if len(shown) > SHOWN_MAX:
            st.caption(
                _("The newest {shown} of {count}; the filters find the others.").format(
                    shown=SHOWN_MAX, count=f"{len(shown):,}"
                )
            )

    live()


def _choose() -> None:
    run_id = chosen_id(keys.LIST, [run.id for run in resources.runs().list()])
    if run_id is not None:
        address.show_run(run_id)
        st.session_state[keys.REDRAW] = True


def _filtered(runs: Sequence[RunSummary]) -> list[RunSummary]:
    if len(runs) < FILTERED_FROM:
        return list(runs)
    found = st.text_input(
        _("Find a run"),
        key=keys.FIND,
        placeholder=_("Part of a name"),
        label_visibility="collapsed",
        persist_state="session",
    )
    task, status = st.columns(2)
    with task:
        tasks = list(dict.fromkeys(run.task for run in runs))
        chosen_task = st.selectbox(
            _("Task"),
            tasks,
            index=None,
            key=keys.TASK,
            format_func=words.task_word,
            placeholder=_("Task"),
            label_visibility="collapsed",
            persist_state="session",
        )
    with status:
        chosen_status = st.selectbox(
            _("Status"),
            [one.value for one in Status],
            index=None,
            key=keys.STATUS,
            format_func=lambda value: words.status_word(Status(value)),
            placeholder=_("Status"),
            label_visibility="collapsed",
            persist_state="session",
        )
    part = (found or "").strip().casefold()
    kept = [
        run
        for run in runs
        if part in run.id.casefold()
        and chosen_task in (None, run.task)
        and chosen_status in (None, run.status.value)
    ]
    if not kept:
        st.text(_("No run is like that."))
    return kept


def item_of(run: RunSummary, now_s: float, *, chosen: bool) -> RunItem:
    """One run as the list shows it."""
    share = run.share if run.status in (Status.RUNNING, Status.STOPPED, Status.FAILED) else None
    said = words.status_word(run.status)
    if run.status is Status.RUNNING and share is not None:
        said = _("{percent} %").format(percent=round(100 * share))
    facts = [" · ".join([words.task_word(run.task), *_when(run, now_s)])]
    facts += _measured(run)
    return RunItem(
        id=run.id,
        name=run.id,
        icon=words.ICONS[run.status],
        status=run.status.value,
        said=said,
        facts=tuple(facts),
        share=share,
        is_chosen=chosen,
    )


def _measured(run: RunSummary) -> list[str]:
    """The metric before and after; what was judged before training alone came of nothing yet."""
    if run.metric is None or run.after is None:
        return []
    if run.best_step is None:
        return [
            _("{metric} {value} before training").format(
                metric=run.metric, value=words.number(run.before)
            )
        ]
    return [
        _("{metric} {before} → {after}").format(
            metric=run.metric, before=words.number(run.before), after=words.number(run.after)
        )
    ]


def _when(run: RunSummary, now_s: float) -> list[str]:
    """When it was of interest last, and what it takes on the disk."""
    last_s = run.ended_s or run.began_s or run.submitted_s
    said = [words.ago(now_s - last_s)]
    if run.status is not Status.QUEUED:
        said.append(words.size(resources.run_size(run.id)))
    return said


def _draw_queue(waiting: Sequence[RunSummary]) -> None:
    """Those that wait, the next first, each with what can be done about its place."""
    if not waiting:
        return
    ordered = sorted(waiting, key=lambda run: run.order)
    with st.container(border=True, key=f"{keys.PAGE}_queue"):
        st.markdown(f"**{_('Queue')}**")
        for place, run in enumerate(ordered, start=1):
            with st.container(horizontal=True, gap="xxsmall", vertical_alignment="center"):
                st.text(_("{place}. {name}").format(place=place, name=run.id), width="stretch")
                _draw_place(run.id, place, len(ordered))


def _draw_place(run_id: str, place: int, count: int) -> None:
    """Signs alone, for the list is narrow: what each does is its tooltip, and it names the run."""

    def button(
        name: str, icon: str, what: str, do: Callable[[], object], *, disabled: bool = False
    ) -> None:
        st.button(
            "",
            key=f"{keys.PAGE}_{name}_{run_id}",
            icon=f":material/{icon}:",
            help=what.format(name=plain_label(run_id)),
            type="tertiary",
            disabled=disabled,
            on_click=act,
            args=(do,),
        )

    store = resources.runs()
    if count > 1:
        button(
            "up",
            "arrow_upward",
            _("Move {name} up"),
            lambda: store.move(run_id, "up"),
            disabled=place == 1,
        )
        button(
            "down",
            "arrow_downward",
            _("Move {name} down"),
            lambda: store.move(run_id, "down"),
            disabled=place == count,
        )
    button(
        "now",
        "bolt",
        _("Run {name} now: what trains is saved, and goes on after it"),
        lambda: store.run_now(run_id),
    )
    button(
        "cancel",
        "close",
        _("Take {name} out of the queue"),
        lambda: store.cancel(run_id),
    )
