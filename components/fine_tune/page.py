"""The page Fine-tune, from top to bottom."""

from __future__ import annotations

import streamlit as st

from components import resources
from components.dataset import carried
from components.fine_tune import again, keys, link
from components.fine_tune.as_code import draw_code
from components.fine_tune.check import (
    Checked,
    checked,
    draw_checking,
    start_check,
    take_result,
)
from components.fine_tune.data_part import MENDING, DataPart, draw_data
from components.fine_tune.drawing import draw_field, label_of
from components.fine_tune.fields import GROUPS, NAME
from components.fine_tune.mending import draw_mending
from components.fine_tune.notes import ICONS, ROLE, SPLITS, Notes, in_words
from components.fine_tune.settings_part import (
    about,
    draw_model,
    draw_settings,
    settle_settings,
    typed_checkpoint,
)
from components.fine_tune.starting import draw_start, go_to_started
from components.fine_tune.values import to_data, with_baseline
from components.fine_tune.verdict import draw_verdict
from components.i18n import _
from loupe.training.faults import read_spec
from loupe.training.preflight import Finding, quick_findings
from loupe.training.presets import PRESETS
from loupe.training.spec import RunSpec


def draw_page() -> None:
    """Boxes are drawn with what is wrong with them: the run is put together before they are."""
    go_to_started()
    carried.bring(keys.PAGE)
    link.apply()
    again.apply()
    take_result()
    st.title(_("Fine-tune"))
    st.markdown(_("Choose data, a task and a model; check what a run would take; start it."))
    part = draw_data()
    if part is None:
        return
    situation = settle_settings(part)
    spec, findings = _run(part)
    last = checked()
    tried = last.report.findings if last is not None and last.spec == spec else ()
    # What is about the run as a whole stands with the numbers of the trial.
    notes = Notes((*findings, *(finding for finding in tried if finding.field)))
    _draw_notes_of_data(part, notes)
    is_here = draw_model(part, notes)
    draw_settings(part, situation, notes)
    # What only the trial found may be another time: it can be checked again.
    stands = spec is None or not is_here or any(f.severity == "stop" for f in findings)
    _draw_check(part, spec, notes, blocked=stands)
    if spec is not None:
        draw_code(spec)


def _draw_notes_of_data(part: DataPart, notes: Notes) -> None:
    for place, slot in part.slots.items():
        with slot:
            notes.draw(place)
    rows = [place for place in part.slots if place == SPLITS or place.startswith(ROLE)]
    worst = notes.worst(rows)
    if worst and not part.faults:
        with part.slots[MENDING]:
            draw_mending(part.opened, part.lens, is_needed=worst == "stop")


def _run(part: DataPart) -> tuple[RunSpec | None, tuple[Finding, ...]]:
    """What the boxes say, as a run; None where it cannot be one. And all that is wrong with it."""
    data = to_data(part.task, typed_checkpoint(part.task), part.spec)
    spec, faults = read_spec(data)
    # With its boxes as they were before, the rest of the run can be looked at all the same.
    looked_at = spec or read_spec(with_baseline(data, [fault.field for fault in faults]))[0]
    found = () if looked_at is None else quick_findings(looked_at, resources.places())
    faulty = {fault.field for fault in faults}
    others = [finding for finding in found if finding.field not in faulty]
    return spec, (*part.faults, *faults, *others)


def _draw_check(part: DataPart, spec: RunSpec | None, notes: Notes, *, blocked: bool) -> None:
    st.subheader(_("Check and start"), anchor=False)
    draw_field(NAME, notes)
    _draw_stops(notes)
    last = checked()
    is_current = last is not None and spec == last.spec
    buttons = st.container(horizontal=True, vertical_alignment="center")
    is_working = draw_checking()
    with buttons:
        st.button(
            _("Check"),
            key=f"{keys.PAGE}_check",
            type="secondary" if is_current else "primary",
            icon=":material/fact_check:",
            disabled=blocked or is_working,
            help=_("Tries the run out for some seconds, at its longest batch."),
            on_click=start_check,
            args=(spec, about(part), _fit_time_s()),
        )
        why_not = _why_not(last, spec, blocked=blocked or is_working)
        draw_start(last, why_not=why_not)
    if last is None or is_working:
        return
    if not is_current:
        st.caption(_("The settings have changed since this check: check them again."))
    rest = tuple(f for f in last.report.findings if f.severity != "note" or not f.field)
    draw_verdict(last.report, rest)


def _fit_time_s() -> float | None:
    preset = PRESETS.get(st.session_state[keys.PRESET])
    return None if preset is None else preset.fit_time_s


def _why_not(last: Checked | None, spec: RunSpec | None, *, blocked: bool) -> str:
    """Why it may not start; "" where it may."""
    if blocked or last is None or spec is None:
        return _("Check it first.")
    if spec != last.spec:
        return _("These settings were not checked yet.")
    if last.report.verdict == "stop":
        return _("The check found what would end it.")
    return ""


def _draw_stops(notes: Notes) -> None:
    """What stands in the way and may be folded, once more; of the rest, that it is there."""
    folded = {field.path for group in GROUPS for field in group.fields}
    elsewhere = False
    for finding in notes.stops:
        if finding.field not in folded:
            elsewhere = True
            continue
        with st.container(horizontal=True, wrap=False, gap="xsmall"):
            st.markdown(ICONS["stop"], width="content")
            st.text(f"{label_of(finding.field)}: {in_words(finding)}")
    notes.draw_rest()
    if elsewhere:
        st.caption(_("Something above has to be settled first."))
