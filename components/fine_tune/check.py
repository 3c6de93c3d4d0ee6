"""The pre-flight of exactly the run that the form says, and what it found."""

from __future__ import annotations

import tempfile
import time
import uuid
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from components import background, resources
from components.error_box import show_error
from components.fine_tune import keys
from components.fine_tune.values import apply_changes
from components.following import follow
from components.i18n import _
from components.orphans import watch
from loupe.engine import Ticket
from loupe.engine.ticket import Progress
from loupe.errors import Cancelled, LoupeError
from loupe.training.faults import read_spec
from loupe.training.preflight import PreflightReport
from loupe.training.preflight.launch import run_preflight
from loupe.training.preflight.stages import Stage
from loupe.training.spec import RunSpec

_QUIET_S = 0.3
_ORDER = tuple(Stage)
# What it does, in words; English.
_STAGES = {
    Stage.STARTING: "Starting a process for the trial…",
    Stage.READING: "Reading the data…",
    Stage.BUILDING: "Building the model…",
    Stage.TOKENS: "Counting tokens…",
    Stage.LONGEST: "One real step at the longest batch…",
    Stage.TYPICAL: "Typical steps…",
    Stage.EVALUATION: "One evaluation…",
    Stage.SAVING: "Writing a checkpoint for trial…",
}


@dataclass(frozen=True)
class Checking:
    """A pre-flight under way. about: data, task, preset and model that it is of; see `fitted`.

    started_s: on the monotonic clock.
    """

    spec: RunSpec
    about: Hashable
    ticket: Ticket[PreflightReport]
    started_s: float


@dataclass(frozen=True)
class Checked:
    """One that ended. spec: what may be started now: as asked, shortened where that was wished."""

    spec: RunSpec
    report: PreflightReport


@dataclass(frozen=True)
class Fitted:
    """How a check has shortened a run. before, changes: field to value."""

    about: Hashable
    before: Mapping[str, Any]
    changes: Mapping[str, Any]


def start_check(spec: RunSpec, about: Hashable, fit_time_s: float | None) -> None:
    """For use inside a callback. fit_time_s: within which it shall end; None for any time."""
    if fit_time_s is not None:
        spec = _as_long_as_asked(spec, about)
    under_way = st.session_state.get(keys.CHECKING)
    if isinstance(under_way, Checking):
        under_way.ticket.cancel()
    places = resources.places()
    models_bytes = sum(summary.bytes for summary in resources.pool().loaded())

    def work(ticket: Ticket[PreflightReport]) -> PreflightReport:
        ticket.report(0, len(_ORDER), _ORDER[0])
        places.state.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".preflight-", dir=places.state) as folder:
            return run_preflight(
                spec,
                places,
                Path(folder),
                models_bytes=models_bytes,
                fit_time_s=fit_time_s,
                progress=lambda stage: ticket.report(_ORDER.index(stage), len(_ORDER), stage),
                cancelled=ticket.cancelled.is_set,
            )

    checking = Checking(spec, about, background.start(work), time.monotonic())
    watch(checking.ticket)
    st.session_state[keys.CHECKING] = checking


def take_result() -> None:
    """Call it before the boxes are drawn: what the check shortens is put into them."""
    checking = st.session_state.get(keys.CHECKING)
    if not isinstance(checking, Checking):
        return
    try:
        report = checking.ticket.result(timeout_s=_QUIET_S)
    except (TimeoutError, LoupeError):
        return
    st.session_state.pop(keys.CHECKING)
    spec = checking.spec
    if report.fitted:
        shortened = read_spec(changed(spec, report.fitted))[0]
        if shortened is not None:
            before = {path: value_at(spec, path) for path in report.fitted}
            st.session_state[keys.FITTED] = Fitted(checking.about, before, report.fitted)
            apply_changes(report.fitted)
            spec = shortened
    st.session_state[keys.CHECKED] = Checked(spec, report)
    st.session_state[keys.TOKEN] = uuid.uuid4().hex
    st.session_state.pop(keys.STARTED, None)


def fitted(about: Hashable) -> Fitted | None:
    """What was shortened of the run with these data and this preset; another one is not."""
    found = st.session_state.get(keys.FITTED)
    return found if isinstance(found, Fitted) and found.about == about else None


def _as_long_as_asked(spec: RunSpec, about: Hashable) -> RunSpec:
    """Without what the last check has cut: this one measures anew how much fits."""
    cut = fitted(about)
    if cut is None:
        return spec
    back = {
        path: cut.before[path]
        for path, value in cut.changes.items()
        if value_at(spec, path) == value
    }
    return read_spec(changed(spec, back))[0] or spec


def changed(spec: RunSpec, changes: Mapping[str, Any]) -> dict[str, Any]:
    """A run as plain values, some of them others. changes: by dotted field."""
    data = spec.model_dump(mode="json")
    for path, value in changes.items():
        *parts, last = path.split(".")
        at = data
        for part in parts:
            at = at[part]
        at[last] = value
    return data


def value_at(spec: RunSpec, path: str) -> Any:
    """Of a dotted field."""
    found: Any = spec
    for part in path.split("."):
        found = getattr(found, part)
    return found


def draw_checking() -> bool:
    """Whether a check is under way, or ended by an error; which is drawn."""
    checking = st.session_state.get(keys.CHECKING)
    if not isinstance(checking, Checking):
        return False
    try:
        checking.ticket.result(timeout_s=0)
    except TimeoutError:
        follow(checking.ticket, _in_words, key=keys.CHECKING, started_s=checking.started_s)
        return True
    except Cancelled:
        st.session_state.pop(keys.CHECKING)
        return False
    except LoupeError as error:
        show_error(error, key=keys.CHECKING)
    return False


def checked() -> Checked | None:
    found = st.session_state.get(keys.CHECKED)
    return found if isinstance(found, Checked) else None


def _in_words(progress: Progress) -> str:
    return _(_STAGES[Stage(progress.unit)])
