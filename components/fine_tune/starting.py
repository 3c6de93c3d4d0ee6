"""From a form that was checked to a run in the queue."""

from __future__ import annotations

import uuid

import streamlit as st

from components import resources
from components.error_box import show_error
from components.fine_tune import keys
from components.fine_tune.check import Checked
from components.i18n import _
from components.shell import RUNS
from loupe.errors import LoupeError

_FAILED = keys.STARTED + "_failed"


def go_to_started() -> None:
    """Open the run that the last click has started. Call it before anything is drawn."""
    run_id = st.session_state.pop(_new(), None)
    if run_id is not None:
        st.switch_page(RUNS.path, query_params={"run": run_id})


def draw_start(checked: Checked | None, *, why_not: str) -> None:
    """The button, and the run that it has made before. why_not: "" where it may start."""
    run_id = st.session_state.get(keys.STARTED)
    st.button(
        _("Start it once more") if run_id else _("Start"),
        key=f"{keys.PAGE}_start",
        type="primary" if not why_not else "secondary",
        icon=":material/play_arrow:",
        disabled=bool(why_not),
        help=why_not or None,
        on_click=_start,
        args=(checked, _token(run_id)),
    )
    if run_id:
        st.page_link(
            RUNS.path,
            label=_("Open {run}").format(run=run_id),
            icon=":material/monitoring:",
            query_params={"run": run_id},
        )
    failed = st.session_state.pop(_FAILED, None)
    if isinstance(failed, LoupeError):
        show_error(failed, key=f"{keys.PAGE}_start")


def _token(run_id: str | None) -> str:
    """Of the button as it is drawn now: two clicks on it are one run, also once more after one."""
    token: str = st.session_state.setdefault(keys.TOKEN, uuid.uuid4().hex)
    return f"{token}-{run_id}" if run_id else token


def _start(checked: Checked, token: str) -> None:
    try:
        run_id = resources.runs().submit(
            checked.spec,
            token=token,
            executor=st.session_state.get(keys.EXECUTOR, "process"),
            report=checked.report,
        )
    except LoupeError as error:
        st.session_state[_FAILED] = error
        return
    st.session_state[keys.STARTED] = run_id
    st.session_state[_new()] = run_id


def _new() -> str:
    return keys.STARTED + "_new"
