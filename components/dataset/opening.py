"""Files to an opened dataset, in the background where it takes longer than a blink."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from components import background, resources
from components.dataset import keys
from components.error_box import show_error
from components.following import follow
from components.i18n import _
from components.orphans import watch
from loupe.data.ingest import open_files
from loupe.data.opened import OpenedDataset
from loupe.data.spec import Source
from loupe.engine import Ticket
from loupe.engine.ticket import Progress
from loupe.errors import LoupeError

_QUIET_S = 0.4
_WORK = keys.OPENING
_MB = 1e6

Sources = tuple[tuple[str, Source], ...]


@dataclass(frozen=True, slots=True)
class _Work:
    sources: Sources
    ticket: Ticket[OpenedDataset]
    started_s: float


def opened(name: str, sources: Sequence[tuple[str, Source]]) -> OpenedDataset | None:
    """The dataset; None while it is being read, or where it cannot be, which is then said.

    sources: (split, file).
    """
    work = _work(name, tuple(sources))
    try:
        return work.ticket.result(timeout_s=_QUIET_S)
    except TimeoutError:
        follow(work.ticket, _in_words, key=_WORK, started_s=work.started_s)
    except LoupeError as error:
        show_error(error, key=f"{keys.PAGE}_open")
        st.button(_("Try again"), key=f"{_WORK}_again", on_click=_forget)
    return None


def _work(name: str, sources: Sources) -> _Work:
    held = st.session_state.get(_WORK)
    if isinstance(held, _Work) and held.sources == sources:
        return held
    if isinstance(held, _Work):
        held.ticket.cancel()
    store, roots = resources.places().datasets, resources.places().data_roots

    def read(ticket: Ticket[OpenedDataset]) -> OpenedDataset:
        return open_files(
            sources,
            name=name,
            roots=roots,
            samples=resources.SAMPLES,
            store=store,
            progress=lambda done, total: ticket.report(done, total, "bytes"),
            cancelled=ticket.cancelled.is_set,
        )

    work = _Work(sources, background.start(read), time.monotonic())
    watch(work.ticket)
    st.session_state[_WORK] = work
    return work


def _forget() -> None:
    st.session_state.pop(_WORK, None)


def _in_words(progress: Progress) -> str:
    return _("Reading: {done} of {total} MB").format(
        done=f"{progress.done / _MB:,.1f}", total=f"{(progress.total or 0) / _MB:,.1f}"
    )
