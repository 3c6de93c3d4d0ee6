"""How fast a checkpoint is here and what it takes: measured on request, and kept."""

from __future__ import annotations

import time
from collections.abc import Mapping

import streamlit as st

from components import resources, session
from components.amounts import ago, size
from components.awaited import awaited
from components.hardware_panel import AUTO
from components.i18n import _
from components.models import keys
from loupe.checkpoints.measurements import Measurement, write_measurement
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.engine import ModelKey, Ticket
from loupe.engine.devices import choose_dtype, inspect_hardware
from loupe.engine.measure import measure
from loupe.engine.measure_child import Stage
from loupe.engine.processor import cpu_name
from loupe.engine.ticket import Progress

STAGES: Mapping[Stage, str] = {
    Stage.STARTING: "Starting a process of its own…",
    Stage.LOADING: "Loading it there…",
    Stage.READING: "Reading a text again and again…",
    Stage.WRITING: "Writing on…",
}
_WORK_NAME = "measuring"


def machine_name(device: str) -> str:
    """What a measurement here on a device is named by."""
    return resources.hardware().name if device == "cuda" else cpu_name()


def of_this_machine() -> tuple[Measurement, ...]:
    """Those on the device and in the precision that this session has chosen, the newest first.

    In any precision where none was chosen: each checkpoint then has its own.
    """
    device, dtype = _chosen()
    device = resources.hardware().device if device == AUTO else device
    here = machine_name(device)
    return tuple(
        one
        for one in resources.measurements()
        if (one.machine, one.device) == (here, device) and dtype in (AUTO, one.dtype)
    )


def _chosen() -> tuple[str, str]:
    """(device, precision), each AUTO where it is left to Loupe."""
    return (
        str(st.session_state.get(session.DEVICE, AUTO)),
        str(st.session_state.get(session.DTYPE, AUTO)),
    )


def draw_measuring(ref: CheckpointRef, auto_class: str) -> None:
    """The last measurement, and the button for another."""
    st.markdown(f"**{_('Measured here')}**")
    if _is_measuring(ref, auto_class):
        return
    found = next((one for one in of_this_machine() if one.ref == str(ref)), None)
    if found is None:
        st.text(_("Not yet. It takes less than a minute for a small model."))
    else:
        with st.container(gap="xxsmall"):
            for line in measured_lines(found):
                st.text(line)
    if resources.training_now() is not None:
        st.text(_("A run trains now: what is measured beside it is slower than usual."))
    st.button(
        _("Measure it here") if found is None else _("Measure again"),
        key=f"{keys.PAGE}_measure",
        icon=":material/speed:",
        on_click=_want,
        args=(ref,),
        help=_(
            "Loads it in a process of its own, lets it read one text several times and, where it "
            "can, write on; the numbers are kept on this machine."
        ),
    )


def measured_lines(found: Measurement) -> list[str]:
    """A measurement as sentences."""
    lines = [
        _("Reads {rate} tokens a second, {length} at once.").format(
            rate=_rate(found.forward_tokens_per_s), length=found.length_tokens
        )
    ]
    if found.generated_tokens_per_s is not None:
        lines.append(
            _("Writes {rate} tokens a second, one text at a time.").format(
                rate=_rate(found.generated_tokens_per_s)
            )
        )
    lines.append(
        _("Loads in {seconds} s and takes {size} of memory at its peak.").format(
            seconds=f"{found.load_s:.1f}", size=size(found.peak_bytes)
        )
    )
    lines.append(
        _("On {machine} ({device}, {dtype}, threads: {threads}), {ago}.").format(
            machine=found.machine,
            device=found.device,
            dtype=found.dtype,
            threads=found.threads,
            ago=ago(time.time() - found.measured_s),
        )
    )
    return lines


def _rate(tokens_per_s: float) -> str:
    return f"{tokens_per_s:,.0f}" if tokens_per_s >= 10 else f"{tokens_per_s:.1f}"


def _want(ref: CheckpointRef) -> None:
    # The time makes each wish another one: measuring again is not answered by the last answer.
    st.session_state[keys.MEASURING] = (str(ref), time.time())


def _is_measuring(ref: CheckpointRef, auto_class: str) -> bool:
    """Whether it is under way, or has failed, which is then drawn."""
    asked = st.session_state.get(keys.MEASURING)
    if asked is None or asked[0] != str(ref):
        return False
    device, dtype = _chosen()
    found = awaited(
        keys.MEASURE,
        asked,
        lambda ticket: _measure(ModelKey(ref, auto_class, device, dtype), ticket),
        _say,
    )
    if found is None:
        return True
    st.session_state.pop(keys.MEASURING)
    return False


def _say(progress: Progress) -> str:
    return _(STAGES[Stage(progress.unit)])


def _measure(key: ModelKey, ticket: Ticket[Measurement]) -> Measurement:
    """In the background. Raises what `resolve`, `inspect_hardware` and `measure` raise."""
    from loupe.checkpoints.loading import own_dtype

    places = resources.places()
    found = resolve(key.ref, places)
    report = resources.hardware() if key.device == AUTO else inspect_hardware(key.device)
    stored = own_dtype(found.parts[-1].folder, key.ref.label)
    ticket.report(0, None, Stage.STARTING)
    measured = measure(
        key,
        found,
        places.state / _WORK_NAME,
        device=report.device,
        dtype=str(choose_dtype(key.dtype, report, stored)).removeprefix("torch."),
        threads=report.threads,
        available_bytes=lambda: resources.memory()[0],
        report=lambda stage: ticket.report(0, None, stage),
        stop=ticket.raise_if_cancelled,
    )
    write_measurement(places.measurements, measured)
    return measured
