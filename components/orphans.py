"""Work that nobody waits for any more: its page was closed while the model was at it."""

from __future__ import annotations

import threading
from typing import Any

from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from loupe.engine import Ticket
from loupe.engine.ticket import FINAL_STATES

_LOOK_S = 1.0


class _Watch:
    """Cancels the tickets of sessions whose browser is gone. One thread, while there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._tickets: list[tuple[str, Ticket[Any]]] = []
        self._running = False

    def add(self, session_id: str, ticket: Ticket[Any]) -> None:
        with self._lock:
            self._tickets.append((session_id, ticket))
            if self._running:
                return
            self._running = True
        threading.Thread(target=self._main, name="loupe-orphans", daemon=True).start()

    def _main(self) -> None:
        ended = threading.Event()
        while True:
            ended.wait(_LOOK_S)
            with self._lock:
                self._tickets = [(sid, t) for sid, t in self._tickets if _still_wanted(sid, t)]
                if not self._tickets:
                    self._running = False
                    return


def _still_wanted(session_id: str, ticket: Ticket[Any]) -> bool:
    if ticket.state in FINAL_STATES:
        return False
    if exists() and get_instance().is_active_session(session_id):
        return True
    ticket.cancel()
    return False


_watch = _Watch()


def watch(ticket: Ticket[Any]) -> None:
    """End this work when the browser that asked for it has gone."""
    context = get_script_run_ctx(suppress_warning=True)
    # Tests run pages without a server: nobody can close a tab there.
    if context is not None and exists():
        _watch.add(context.session_id, ticket)
