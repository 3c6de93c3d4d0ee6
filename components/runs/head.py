"""The head of a run: what it is, where it stands, and what can be done with it."""

from __future__ import annotations

import time

import streamlit as st

from components import resources
from components.error_box import show_error
from components.i18n import _, message_of, remedy_of
from components.plain_label import plain_label
from components.runs import keys, words
from components.runs.acting import act
from components.runs.standing import done_share, in_words, sentences
from components.shell import FINE_TUNE
from loupe.errors import LoupeError
from loupe.runs.executors import EXECUTORS
from loupe.runs.queue import KILL_AFTER_S, TERMINATE_AFTER_S
from loupe.runs.state import Cause, Status
from loupe.runs.summary import RunSummary

TICK_S = 1.0
_LIVE = frozenset({Status.QUEUED, Status.RUNNING})


def draw_head(run: RunSummary) -> None:
    """Name and status; while the run lives, said anew every second."""
    st.subheader(plain_label(run.id))
    st.text(" · ".join(_facts(run)))
    is_live = run.status in _LIVE

    @st.fragment(run_every=TICK_S if is_live else None, key=f"{keys.PAGE}_head_{run.id}")
    def live() -> None:
        if st.session_state.pop(keys.REDRAW, False):
            st.rerun()
        try:
            now = _now(run.id)
            if now.status is not run.status:
                st.rerun()  # with other buttons and tabs
            _draw_standing(now)
        except LoupeError as error:  # deleted meanwhile, in another browser
            show_error(error, key=f"{keys.PAGE}_gone")
            return
        _draw_buttons(now)

    live()
    _draw_why_no_resume(run)


def _now(run_id: str) -> RunSummary:
    """As the list has it, which reads a run's files again where they have changed only.

    Raises NoSuchRun.
    """
    store = resources.runs()
    found = next((run for run in store.list() if run.id == run_id), None)
    return found or store.summary(run_id)


def _facts(run: RunSummary) -> list[str]:
    start = (
        _("from {checkpoint}").format(checkpoint=run.checkpoint)
        if run.checkpoint
        else _("from scratch")
    )
    data = ", ".join(dict.fromkeys(path.rsplit("/", 1)[-1] for path in run.data))
    where = words.EXECUTORS.get(run.executor, "") if run.executor in EXECUTORS else ""
    return [part for part in (words.task_word(run.task), start, data, _(where)) if part]


def _draw_standing(run: RunSummary) -> None:
    store = resources.runs()
    state, progress = store.state(run.id), resources.run_progress(run.id)
    waiting = [one.id for one in store.queue()] if run.status is Status.QUEUED else []
    place = waiting.index(run.id) + 1 if run.id in waiting else None
    first, *others = sentences(run, state, progress, place, time.time())
    share = done_share(run, progress)
    icon = f":material/{words.ICONS[run.status]}:"
    if run.status is Status.RUNNING and share is not None:
        # All of it is ours: counts, and the words for what it does.
        st.progress(share, text=f"{icon} {first}")
    else:
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            st.markdown(icon, width="content")
            st.text(first)
    for sentence in others:
        st.text(sentence)
    if state.cause is not None and run.status is Status.FAILED:
        _draw_cause(state.cause)


def _draw_cause(cause: Cause) -> None:
    """Why it failed. It may quote files and libraries, so none of it is read as Markdown."""
    with st.container(border=True, key=f"error_{keys.PAGE}_cause"):
        st.markdown(f":red[:material/error:] **{_('What went wrong')}**")
        st.text(in_words(cause.message, cause.params))
        st.text(in_words(cause.remedy, cause.params))
        if cause.detail:
            with st.expander(_("In the library’s own words")):
                st.code(cause.detail, language=None, wrap_lines=True)


def _draw_buttons(run: RunSummary) -> None:
    store, run_id = resources.runs(), run.id
    with st.container(horizontal=True, vertical_alignment="center", key=f"{keys.PAGE}_buttons"):
        if run.status is Status.RUNNING:
            _draw_stops(run)
        elif run.status is Status.QUEUED:
            _button("run_now", "bolt", _("Run now"), lambda: store.run_now(run_id), _RUN_NOW)
            _button("take_out", "close", _("Cancel"), lambda: store.cancel(run_id), _CANCEL)
        elif store.why_no_resume(run_id) is None:
            _button(
                "resume",
                "resume",
                _("Resume") if run.status is not Status.CANCELLED else _("Put into the queue"),
                lambda: store.resume(run_id),
                _RESUME,
                primary=True,
            )
        st.page_link(
            FINE_TUNE.path,
            label=_("Again with changes"),
            icon=":material/edit:",
            query_params={"like": run_id},
        )
        if run.status not in _LIVE:
            _draw_delete(run_id)


_RUN_NOW = (
    "It trains next. What trains now is saved, waits in the queue, and goes on after it; nothing "
    "is lost."
)
_CANCEL = "Takes it out of the queue. What it has trained so far is kept."
_RESUME = "Puts it behind the queue; it goes on from its last whole checkpoint."
_SAVE = (
    "It ends after the step in hand, an evaluation under way included, and saves a checkpoint. "
    "It can be resumed. This takes as long as it takes."
)
_NOW = (
    "The same, but with deadlines: after {ask:.0f} s its process is told to end, after {kill:.0f} "
    "s it is killed. Then the last whole checkpoint is what is left."
)


def _draw_stops(run: RunSummary) -> None:
    store, run_id = resources.runs(), run.id
    _button(
        "save",
        "pause_circle",
        _("Stop and save"),
        lambda: store.ask_stop(run_id, "save"),
        _SAVE,
        disabled=run.stopping is not None,
    )
    _button(
        "now",
        "stop_circle",
        _("Stop now"),
        lambda: store.ask_stop(run_id, "now"),
        _NOW.format(ask=TERMINATE_AFTER_S, kill=KILL_AFTER_S),
        disabled=run.stopping == "now",
    )


def _button(
    name: str,
    icon: str,
    label: str,
    what: object,
    told: str,
    *,
    primary: bool = False,
    disabled: bool = False,
) -> None:
    """told: what it does, in English."""
    st.button(
        label,
        key=f"{keys.PAGE}_{name}",
        icon=f":material/{icon}:",
        help=_(told),
        type="primary" if primary else "secondary",
        disabled=disabled,
        on_click=act,
        args=(what,),
    )


def _draw_delete(run_id: str) -> None:
    """Two steps, and what it frees is said before the second."""
    with st.popover(_("Delete"), icon=":material/delete:"):
        st.text(
            _("Removes “{name}” with all its checkpoints and frees {size}.").format(
                name=run_id, size=words.size(resources.run_size(run_id))
            )
        )
        st.text(_("This cannot be undone."))
        st.button(
            _("Delete for good"),
            key=f"{keys.PAGE}_delete",
            type="primary",
            on_click=_delete,
            args=(run_id,),
        )


def _delete(run_id: str) -> None:
    act(lambda: resources.runs().delete(run_id))
    if keys.REFUSED not in st.session_state:
        st.query_params.clear()


def _draw_why_no_resume(run: RunSummary) -> None:
    if run.status in _LIVE or run.status is Status.FINISHED:
        return
    reason = resources.runs().why_no_resume(run.id)
    if reason is not None:
        st.text(_("It cannot be resumed:"))
        st.text(f"{message_of(reason)} {remedy_of(reason)}")
