"""A zip of one checkpoint for use without Loupe: made in the background, then to be downloaded."""

from __future__ import annotations

import time
from pathlib import Path

import streamlit as st

from components import background, resources
from components.error_box import show_error
from components.following import follow, is_running
from components.i18n import _
from components.runs import keys, words
from loupe.engine import State, Ticket
from loupe.engine.ticket import Progress
from loupe.errors import LoupeError
from loupe.runs.export import ExportProgress, export
from loupe.runs.summary import RunSummary
from loupe.training.run_folder import RunFolder

# In the run's own folder, so that they go with it when it is deleted.
_FOLDER = "exports"
# What is handed to a browser is held in memory meanwhile.
DOWNLOAD_MAX_BYTES = 2_000_000_000


def draw_zip(run: RunSummary, folder: RunFolder) -> None:
    """Choose a step, make the zip, take it."""
    st.subheader(_("Without Loupe"))
    steps = folder.steps()
    if not steps:
        st.text(_("There is no checkpoint to keep yet."))
        return
    st.text(
        _(
            "A zip with the whole weights as safetensors, the tokenizer, the model card, run.yaml, "
            "and predict.py, which reads a CSV and writes one with the model’s answers."
        )
    )
    ordered = sorted(steps, key=lambda step: (step != run.best_step, -step))
    step = st.selectbox(
        _("Checkpoint"),
        ordered,
        key=f"{keys.SAVED_STEP}_{run.id}",
        format_func=lambda step: (
            _("step {step}, the best") if step == run.best_step else _("step {step}")
        ).format(step=f"{step:,}"),
    )
    target = zip_path(folder, step)
    key = f"{keys.PAGE}_zip_{run.id}_{step}"
    work: tuple[Ticket[Path], float] | None = st.session_state.get(key)
    if work is not None and is_running(work[0]):
        follow(work[0], _said, key=key, started_s=work[1])
        return
    if work is not None and work[0].state is State.FAILED:
        _say_failure(work[0], key)
    _draw_ready(folder, target)
    st.button(
        _("Make the zip again") if target.is_file() else _("Make the zip"),
        key=f"{key}_make",
        type="secondary" if target.is_file() else "primary",
        icon=":material/folder_zip:",
        on_click=_start,
        args=(folder, step, target, key),
    )


def zip_path(folder: RunFolder, step: int) -> Path:
    return folder.path / _FOLDER / f"{folder.id}-step-{step}.zip"


def _start(folder: RunFolder, step: int, target: Path, key: str) -> None:
    def work(ticket: Ticket[Path]) -> Path:
        def report(progress: ExportProgress) -> None:
            ticket.report(progress.bytes_done, progress.bytes_total or None, "bytes")

        target.parent.mkdir(exist_ok=True)
        return export(
            folder,
            step,
            resources.places(),
            target,
            on_progress=report,
            cancelled=ticket.cancelled.is_set,
        )

    st.session_state[key] = (background.start(work), time.monotonic())


def _said(progress: Progress) -> str:
    if not progress.total:
        return _("Merging the adapter into its base…")
    return _("{done} of {total}").format(
        done=words.size(progress.done), total=words.size(progress.total)
    )


def _say_failure(ticket: Ticket[Path], key: str) -> None:
    try:
        ticket.result(timeout_s=0)
    except LoupeError as error:
        show_error(error, key=key)


def _draw_ready(folder: RunFolder, target: Path) -> None:
    if not target.is_file():
        return
    made, size = target.stat().st_mtime, target.stat().st_size
    if folder.decision.is_file() and folder.decision.stat().st_mtime > made:
        st.text(_("The zip below was made before the threshold was chosen: make it again."))
    if size <= DOWNLOAD_MAX_BYTES:
        st.download_button(
            _("Download the zip ({size})").format(size=words.size(size)),
            target.read_bytes,
            file_name=target.name,
            mime="application/zip",
            key=f"{keys.PAGE}_zip_{folder.id}",
            type="primary",
            on_click="ignore",
            icon=":material/download:",
        )
    else:
        st.text(_("It is too large to go through a browser. It lies here:"))
        st.code(str(target), language=None)
    st.caption(_("Unpack it, then from a shell:"))
    st.code(
        "pip install -r requirements.txt\npython predict.py input.csv output.csv",
        language="bash",
    )
