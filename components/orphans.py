"""Work that nobody waits for any more: its page was closed while the model was at it."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any

from streamlit.runtime import exists, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

from loupe.engine import Ticket
from loupe.engine.ticket import FINAL_STATES

_LOOK_S = 1.0


@dataclass
class _Watched:
    """A ticket and who waits for it. last_seen_s: when somebody last did, on the monotonic clock.

    sessions: of all browsers that asked for it, or took it up after a reload.
    """

    ticket: Ticket[Any]
    grace_s: float
    last_seen_s: float
    sessions: set[str] = field(default_factory=set)


class _Watch:
    """Cancels the tickets of sessions whose browser is gone. One thread, while there are any."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watched: list[_Watched] = []
        self._running = False

    def add(self, session_id: str, ticket: Ticket[Any], grace_s: float) -> None:
        with self._lock:
            known = next((one for one in self._watched if one.ticket is ticket), None)
            if known is None:
                known = _Watched(ticket, grace_s, time.monotonic())
                self._watched.append(known)
            known.sessions.add(session_id)
            known.last_seen_s = time.monotonic()
            if self._running:
                return
            self._running = True
        threading.Thread(target=self._main, name="loupe-orphans", daemon=True).start()

    def _main(self) -> None:
        ended = threading.Event()
        while True:
            ended.wait(_LOOK_S)
            with self._lock:
                self._watched = [one for one in self._watched if _still_wanted(one)]
                if not self._watched:
                    self._running = False
                    return


def _still_wanted(watched: _Watched) -> bool:
    if watched.ticket.state in FINAL_STATES:
        return False
    now = time.monotonic()
    if exists() and any(map(get_instance().is_active_session, watched.sessions)):
        watched.last_seen_s = now
        return True
    if now - watched.last_seen_s < watched.grace_s:
        return True
    watched.ticket.cancel()
    return False


_watch = _Watch()


def watch(ticket: Ticket[Any], grace_s: float = 0.0) -> None:
    """End this work when the browser that asked for it has gone.

    grace_s: how long it goes on for nobody. A reload is another session: it calls this again with
    the same ticket, and the work then ends when both are gone.
    """
    context = get_script_run_ctx(suppress_warning=True)
    # Tests run pages without a server: nobody can close a tab there.
    if context is not None and exists():
        _watch.add(context.session_id, ticket, grace_s)
