"""The tab "Does it run here?": memory in each precision, loading, unloading, and measuring."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import streamlit as st

from components import resources
from components.amounts import ago, size
from components.error_box import show_error
from components.following import follow, is_running
from components.hardware_panel import model_key
from components.i18n import _
from components.models import keys
from components.models.acting import act
from components.models.build import anatomy_of
from components.models.measuring import draw_measuring
from components.row_table import LABELS, Cell, Column, Row, row_table
from loupe.checkpoints.anatomy import Anatomy
from loupe.checkpoints.inventory import Condition, Entry
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine import LoadedSummary, ModelKey, Ticket
from loupe.engine.devices import DTYPES
from loupe.errors import LoupeError

COLUMNS = ("precision", "memory of the weights", "fits here now")


def draw_running(entry: Entry, folder: Path) -> None:
    """What its weights take, whether it is in memory, and what it was measured to do."""
    found = anatomy_of(entry, folder)
    if found is None:
        return
    _draw_memory(found)
    if found.auto_class is None:
        st.text(_("It has no head that Loupe can use, so no page can load it."))
        return
    if entry.condition is Condition.PICKLED:
        st.text(_("Convert it first, above; then it can be loaded."))
        return
    _draw_loading(entry.ref, found.auto_class)
    draw_measuring(entry.ref, found.auto_class)


def _draw_memory(found: Anatomy) -> None:
    budget = resources.pool().memory_budget_bytes
    available, _total = resources.memory()
    # While it loads it passes through float32 in main memory, whatever it becomes.
    passing = next(iter(DTYPES.values()))
    loads = found.memory_bytes(passing) <= available
    rows = []
    for number, (name, dtype) in enumerate(DTYPES.items()):
        needed = found.memory_bytes(dtype)
        fits = _("yes") if loads and needed <= budget else _("no")
        texts = (name, size(needed), fits)
        rows.append(Row(number, tuple(Cell(text, len(text)) for text in texts)))
    row_table(
        [Column(_(name), sortable=False) for name in COLUMNS],
        rows,
        key=f"{keys.PAGE}_memory",
        labels={**{n: _(t) for n, t in LABELS.items()}, "table": _("Memory")},
        whole=True,
        compact=True,
    )
    st.caption(
        _(
            "{parameters} parameters, 4 or 2 bytes each; what a text takes while it is read comes "
            "on top. Models may take {budget} here together, {free} of the machine’s memory are "
            "free, and every model passes through float32 there while it loads."
        ).format(parameters=f"{found.parameters:,}", budget=size(budget), free=size(available))
    )


def _draw_loading(ref: CheckpointRef, auto_class: str) -> None:
    st.markdown(f"**{_('In memory')}**")
    loaded = [summary for summary in resources.pool().loaded() if is_of(summary, ref)]
    for number, summary in enumerate(loaded):
        _draw_loaded(summary, number)
    if _follow_loading(ref):
        return
    if not loaded:
        st.text(_("It is not in memory. A page that asks it something loads it by itself."))
        st.button(
            _("Load it now"),
            key=f"{keys.PAGE}_load",
            icon=":material/memory:",
            on_click=_load,
            args=(model_key(ref, auto_class),),
        )


def is_of(summary: LoadedSummary, ref: CheckpointRef) -> bool:
    """Whether this is what is loaded; of a run, also under the step that it stands for."""
    if summary.ref == ref:
        return True
    same_run = ref.kind is Kind.RUN and (summary.ref.kind, summary.ref.id) == (ref.kind, ref.id)
    return same_run and ref.revision is not None and summary.revision == ref.revision


def _draw_loaded(summary: LoadedSummary, number: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if summary.loading:
            st.text(_("It is being loaded."), width="stretch")
            return
        said = _("{size} as {dtype} on {device}, used {ago}").format(
            size=size(summary.bytes),
            dtype=summary.dtype,
            device=summary.device,
            ago=ago(time.time() - summary.last_used),
        )
        st.text(said, width="stretch")
        st.button(
            _("Unload"),
            key=f"{keys.PAGE}_unload_{number}",
            icon=":material/eject:",
            disabled=summary.in_use,
            on_click=_unload,
            args=(summary.key,),
        )


def _load(key: ModelKey) -> None:
    def work(loaded: Any, _ticket: Ticket[int]) -> int:
        return int(loaded.bytes)

    try:
        ticket = resources.pool().submit(key, work)
    except LoupeError as error:
        st.session_state[keys.REFUSED] = error
        return
    st.session_state[keys.LOAD] = (str(key.ref), ticket, time.monotonic())


def _follow_loading(ref: CheckpointRef) -> bool:
    """Whether it is being loaded at somebody's wish here; why that failed is drawn."""
    held = st.session_state.get(keys.LOAD)
    if held is None or held[0] != str(ref):
        return False
    _name, ticket, started_s = held
    if is_running(ticket):
        follow(ticket, lambda _progress: "", key=keys.LOAD, started_s=started_s)
        return True
    try:
        ticket.result(timeout_s=0)
    except LoupeError as error:
        show_error(error, key=keys.LOAD)
    return False


def _unload(key: ModelKey) -> None:
    def do() -> None:
        st.session_state.pop(keys.LOAD, None)
        resources.pool().unload(key)

    act(do)
