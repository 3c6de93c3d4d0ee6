"""The tab "What did it print?": the end of the log, and all of it to keep."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from components import resources
from components.i18n import _
from components.runs import keys, words
from loupe.runs.state import Status
from loupe.runs.summary import RunSummary

TICK_S = 2.0
LINES = (50, 200, 1_000)
# Of a line's length on average; a log with longer ones shows fewer of them.
_LINE_BYTES = 400
# Held in memory for the browser that asks for it.
DOWNLOAD_MAX_BYTES = 64_000_000
_BOX_PX = 460


def draw_printed(run: RunSummary) -> None:
    """The last lines, the newest at the bottom, as they were printed."""
    log = resources.runs().folder(run.id).log

    @st.fragment(
        run_every=TICK_S if run.status is Status.RUNNING else None,
        key=f"{keys.PAGE}_printed_{run.id}",
    )
    def live() -> None:
        size = log.stat().st_size if log.is_file() else 0
        if not size:
            st.text(_("Nothing was printed yet."))
            return
        st.session_state.setdefault(keys.LOG_LINES, LINES[0])
        count = st.segmented_control(
            _("Last lines"),
            list(LINES),
            key=keys.LOG_LINES,
            required=True,
            format_func=lambda lines: f"{lines:,}",
            persist_state="session",
        )
        lines = last_lines(log, count or LINES[0])
        with st.container(height=_BOX_PX, border=False, autoscroll=True):
            st.code("\n".join(lines), language=None, wrap_lines=True)
        st.caption(
            _("{shown} lines of {size} in all.").format(
                shown=f"{len(lines):,}", size=words.size(size)
            )
        )

    live()
    if log.is_file() and log.stat().st_size <= DOWNLOAD_MAX_BYTES:
        st.download_button(
            _("The whole log"),
            log.read_bytes,
            file_name=f"{run.id}-log.txt",
            mime="text/plain",
            key=f"{keys.PAGE}_log",
            on_click="ignore",
            icon=":material/download:",
        )


def last_lines(path: Path, count: int) -> list[str]:
    """The last lines of a file, read from its end; what is no UTF-8 is replaced.

    A progress bar writes over its own line: of such a line only what was last to be seen is kept.
    """
    size = path.stat().st_size
    start = max(0, size - count * _LINE_BYTES)
    with path.open("rb") as file:
        file.seek(start)
        data = file.read()
    lines = data.decode("utf-8", "replace").replace("\r\n", "\n").split("\n")
    if start and len(lines) > 1:
        lines = lines[1:]  # the first is cut
    if lines and not lines[-1]:
        lines = lines[:-1]
    return [line.rstrip("\r").rsplit("\r", 1)[-1] for line in lines[-count:]]
