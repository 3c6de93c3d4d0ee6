"""What is wrong with a file, said before it is opened, and mended by a click."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from components import background, resources
from components.dataset import keys
from components.dataset.reading import ask_reading
from components.error_box import show_error
from components.following import follow
from components.i18n import _, phrase
from components.plain_label import plain_label
from loupe.data.doctor import Diagnosis, DoctorFinding, Preview, examine
from loupe.data.paths import resolve
from loupe.data.spec import Source
from loupe.engine import Ticket
from loupe.errors import LoupeError

_QUIET_S = 0.4
_EXAMINED = keys.READINGS + "_examined"
_ACCEPTED = keys.READINGS + "_accepted"
_ICONS = {
    "error": ":red[:material/error:]",
    "warning": ":orange[:material/warning:]",
    "info": ":blue[:material/info:]",
}
_MB = 1e6
_KEPT = 20


@dataclass(frozen=True, slots=True)
class _Examination:
    ticket: Ticket[Diagnosis]
    started_s: float


def readable(source: Source, *, number: int) -> Source | None:
    """The source as a person has it read; None where it cannot be opened yet, which is then said.

    number: of the file among those that are opened together.
    """
    source = source.model_copy(update=_changes(source.path))
    try:
        path = resolve(source, roots=resources.places().data_roots, samples=resources.SAMPLES)
        diagnosis = _diagnosis(path, source, number)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_file_{number}")
        return None
    if diagnosis is None:
        return None
    needed = [f for f in diagnosis.findings if f.severity != "info"]
    fixable = [f for f in needed if f.fix]
    broken = any(f.severity == "error" for f in needed)
    accepted = _question(source) in st.session_state.get(_ACCEPTED, ())
    if not broken and (accepted or not fixable):
        # What no click can mend need not be decided: it is noted, and the file is opened.
        _draw_folded(diagnosis, source, path, number)
        return source
    _draw(diagnosis, source, path, number, broken=broken, fixable=fixable)
    return None


def _question(source: Source) -> str:
    return source.model_dump_json(exclude_defaults=True)


def _changes(path: str) -> Mapping[str, Any]:
    changes: Mapping[str, Mapping[str, Any]] = st.session_state.get(keys.READINGS, {})
    return changes.get(path, {})


def change(path: str, fields: Mapping[str, Any]) -> None:
    """Have this file read in another way from now on. fields: of `Reading`."""
    changes = dict(st.session_state.get(keys.READINGS, {}))
    changes[path] = {**changes.get(path, {}), **fields}
    st.session_state[keys.READINGS] = changes


def _accept(source: Source) -> None:
    st.session_state[_ACCEPTED] = {*st.session_state.get(_ACCEPTED, ()), _question(source)}


def _diagnosis(path: Path, source: Source, number: int) -> Diagnosis | None:
    """None while the file is being looked at."""
    status = path.stat()
    asked = (str(path), status.st_mtime_ns, status.st_size, _question(source))
    held: dict[object, _Examination] = st.session_state.setdefault(_EXAMINED, {})
    if asked not in held:
        while len(held) >= _KEPT:
            held.pop(next(iter(held)))
        held[asked] = _Examination(
            background.start(lambda _ticket: examine(path, source)), time.monotonic()
        )
    examination = held[asked]
    try:
        return examination.ticket.result(timeout_s=_QUIET_S)
    except TimeoutError:
        follow(
            examination.ticket,
            lambda _progress: _("Looking at the file…"),
            key=f"{_EXAMINED}_{number}",
            started_s=examination.started_s,
        )
        return None
    except LoupeError:
        held.pop(asked)
        raise


def _draw_folded(diagnosis: Diagnosis, source: Source, path: Path, number: int) -> None:
    """Nothing stands in the way: what is good to know, and how the file is read, on request."""
    count = len(diagnosis.findings)
    said = (
        _("{file}: how it is read, notes: {count}").format(file=path.name, count=count)
        if count
        else _("{file}: how it is read").format(file=path.name)
    )
    is_warned = any(finding.severity == "warning" for finding in diagnosis.findings)
    icon = ":material/warning:" if is_warned else ":material/description:"
    with st.expander(plain_label(said), icon=icon):
        for place, finding in enumerate(diagnosis.findings):
            _draw_finding(finding, source, f"{number}_{place}")
        ask_reading(source, diagnosis.reading, number, change)


def _draw(
    diagnosis: Diagnosis,
    source: Source,
    path: Path,
    number: int,
    *,
    broken: bool,
    fixable: list[DoctorFinding],
) -> None:
    with st.container(border=True, key=f"{keys.PAGE}_doctor_{number}"):
        st.text(
            _("{file} cannot be read like this.").format(file=path.name)
            if broken
            else _("{file} would open, but look at this first.").format(file=path.name)
        )
        for place, finding in enumerate(diagnosis.findings):
            _draw_finding(finding, source, f"{number}_{place}")
        if not diagnosis.whole:
            st.caption(
                _("Looked at the first {size} MB.").format(
                    size=f"{diagnosis.looked_bytes / _MB:,.1f}"
                )
            )
        with st.container(horizontal=True):
            if fixable:
                st.button(
                    _("Apply the fixes"),
                    key=f"{keys.PAGE}_fix_all_{number}",
                    type="primary",
                    icon=":material/healing:",
                    on_click=change,
                    args=(source.path, _differences(diagnosis, source)),
                )
            if not broken and fixable:
                st.button(
                    _("Open it as it is"),
                    key=f"{keys.PAGE}_accept_{number}",
                    on_click=_accept,
                    args=(source,),
                )
        # Where nothing mends it, the first rows are the same refusal once more.
        if fixable or not broken:
            _draw_previews(diagnosis, number, is_changed=bool(fixable))
        with st.expander(_("Read it in another way"), icon=":material/tune:"):
            ask_reading(source, diagnosis.reading, number, change)


def _differences(diagnosis: Diagnosis, source: Source) -> dict[str, Any]:
    suggested = diagnosis.reading.model_dump()
    return {name: value for name, value in suggested.items() if getattr(source, name) != value}


def _draw_finding(finding: DoctorFinding, source: Source, name: str) -> None:
    icon, words, button = st.columns([0.4, 8, 1.4], vertical_alignment="top")
    icon.markdown(_ICONS[finding.severity])
    with words:
        st.text(phrase(finding.message))
        if finding.excerpt:
            where = _("line {line}").format(line=f"{finding.line:,}") if finding.line else ""
            st.code(f"{where}: {finding.excerpt}" if where else finding.excerpt, language=None)
        st.text(phrase(finding.remedy))
    if finding.fix:
        button.button(
            _("Apply"),
            key=f"{keys.PAGE}_fix_{name}",
            icon=":material/healing:",
            on_click=change,
            args=(source.path, finding.fix),
            width="stretch",
        )


def _draw_previews(diagnosis: Diagnosis, number: int, *, is_changed: bool) -> None:
    if is_changed:
        st.caption(_("The first rows with the fixes"))
        _draw_preview(diagnosis.suggested, f"{number}_after")
        with st.expander(_("The first rows without them")):
            _draw_preview(diagnosis.current, f"{number}_before")
    else:
        st.caption(_("The first rows"))
        _draw_preview(diagnosis.current, f"{number}_now")


def _draw_preview(preview: Preview, name: str) -> None:
    if preview.rows:
        # By position: two columns may have the same name.
        table = pd.DataFrame([[_shown(cell) for cell in row] for row in preview.rows])
        st.dataframe(
            table,
            hide_index=True,
            key=f"{keys.PAGE}_preview_{name}",
            column_config={
                str(i): st.column_config.TextColumn(title or " ")
                for i, title in enumerate(preview.names)
            },
        )
    if preview.fault is not None:
        show_error(preview.fault, key=f"{keys.PAGE}_preview_{name}")


def _shown(cell: object) -> str | None:
    return None if cell is None else str(cell)
