"""The sidebar's view of this machine: what computes, why no GPU does, memory, what is running.

And what is chosen there: on which device, and in which precision.
"""

from __future__ import annotations

import streamlit as st

from components import background, resources, session
from components.i18n import _, message_of, phrase, remedy_of
from components.plain_label import plain_label
from loupe.checkpoints.ref import CheckpointRef
from loupe.engine import LoadedSummary, ModelKey
from loupe.engine.devices import DEVICES, DTYPES, inspect_hardware
from loupe.errors import LoupeError
from loupe.runs.summary import RunSummary

AUTO = "auto"
_GIB = 1024**3
_MB = 1_000_000
# Named here too: the shell, which lists the pages, draws this panel.
_RUNS_PAGE = "pages/runs.py"


def model_key(ref: CheckpointRef, auto_class: str) -> ModelKey:
    """The checkpoint on the device and in the precision that this session has chosen."""
    return ModelKey(
        ref,
        auto_class,
        device=st.session_state.get(session.DEVICE, AUTO),
        dtype=st.session_state.get(session.DTYPE, AUTO),
    )


def draw_hardware() -> None:
    """Device, reason, memory, loaded checkpoints and work under way."""
    report = resources.hardware()
    st.markdown(f"**{_('This machine')}**")
    if report.device == "cpu":
        st.text(_("Computes on the CPU (threads: {threads})").format(threads=report.threads))
        if report.reason is not None:
            # It may quote a driver.
            st.text(phrase(report.reason))
    else:
        st.text(_("Computes on {name}").format(name=report.name))
    available, total = resources.memory()
    st.progress(
        min(1.0, (total - available) / total),
        text=_("{used} of {total} GiB memory used").format(
            used=f"{(total - available) / _GIB:.1f}", total=f"{total / _GIB:.1f}"
        ),
    )
    loaded = resources.pool().loaded()
    for summary in loaded:
        st.text(
            _("{name}, {size} MB").format(
                name=_loaded_name(summary), size=f"{summary.bytes / _MB:,.1f}"
            )
        )
    if not loaded:
        st.caption(_("No checkpoint is loaded."))
    working = [summary.ref.label for summary in loaded if summary.in_use]
    fetching = [download.ref.label for download in resources.suppliers().downloads.active()]
    converting = [ref.label for ref in resources.suppliers().conversions.active()]
    behind = [_("work in the background")] if background.is_working() else []
    _draw_running(working + fetching + converting + behind, resources.training_now())


def _loaded_name(summary: LoadedSummary) -> str:
    """The checkpoint, with its precision where that is not the usual one."""
    usual = summary.dtype in (None, "float32")
    return summary.ref.label if usual else f"{summary.ref.label} · {summary.dtype}"


def _draw_running(names: list[str], training: RunSummary | None) -> None:
    """The work under way; a run that trains leads to its page."""
    if training is not None:
        share = training.share
        said = (
            _("Training: {name}").format(name=plain_label(training.id))
            if share is None
            else _("Training: {name}, {percent} %").format(
                name=plain_label(training.id), percent=round(100 * share)
            )
        )
        st.page_link(
            _RUNS_PAGE,
            label=said,
            icon=":material/model_training:",
            query_params={"run": training.id},
        )
    if names:
        st.text(_("Running: {names}").format(names=", ".join(names)))
    elif training is None:
        st.caption(_("Nothing is running."))


def draw_settings() -> None:
    """Device, precision and mirror, folded: most people need none of them."""
    with st.expander(_("Settings"), icon=":material/tune:", key="settings"):
        st.selectbox(
            _("Device"),
            DEVICES,
            key=session.DEVICE,
            format_func=_device_label,
            persist_state="session",
        )
        _say_unusable(st.session_state[session.DEVICE])
        st.selectbox(
            _("Precision"),
            (AUTO, *DTYPES),
            key=session.DTYPE,
            format_func=lambda name: _("automatic") if name == AUTO else name,
            help=_("Automatic is float32 on a CPU and the checkpoint’s own on a GPU."),
            persist_state="session",
        )
        st.text_input(
            _("Hub mirror"),
            key=session.MIRROR,
            placeholder="https://…",
            help=_("Another address to download from, instead of the hub’s own."),
            persist_state="session",
        )
        _say_bad_mirror()


def _say_bad_mirror() -> None:
    try:
        resources.hub_settings()
    except LoupeError as error:
        st.text(f"{message_of(error)} {remedy_of(error)}")


def _device_label(name: str) -> str:
    names = {AUTO: _("automatic"), "cuda": "GPU (CUDA)", "mps": "GPU (Apple)", "cpu": "CPU"}
    if name in (AUTO, "cpu", resources.hardware().device):
        return names[name]
    return _("{device} (not on this machine)").format(device=names[name])


def _say_unusable(device: str) -> None:
    try:
        if device not in ("auto", "cpu"):
            inspect_hardware(device)
    except LoupeError as error:
        st.text(f"{message_of(error)} {remedy_of(error)}")
