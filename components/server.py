"""What the server does besides pages: settings before torch loads, warm-up, headers, the end."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import psutil
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from loupe.engine.threads import configure_threads

# Before anything imports torch: OpenMP reads its wait policy once.
configure_threads(os.environ)
# Pages say how far something is; a bar on standard error is noise in the server's log.
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")

_LOG = logging.getLogger(__name__)
LOG_VARIABLE = "LOUPE_LOG"


def _configure_log(level: str) -> None:
    """Loupe's own messages, on standard error. An unknown level is as good as none."""
    logging.getLogger("loupe").setLevel(getattr(logging, level.upper(), logging.WARNING))
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")


_configure_log(os.environ.get(LOG_VARIABLE, "warning"))

_HEADERS = {
    # Text of users and models is never Markdown here; should some slip through, it still fetches
    # nothing from elsewhere.
    "Content-Security-Policy": (
        "img-src 'self' data: blob:; frame-ancestors 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class SecurityHeaders:
    """Adds the headers that Streamlit leaves out."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers if scope["type"] == "http" else send)


MIDDLEWARE = [Middleware(SecurityHeaders)]


def _send_without_delay() -> None:
    """Let the listening sockets send small messages at once.

    asyncio does so only for sockets that name their protocol, and Streamlit's do not: the last
    messages of a run then wait up to 40 ms for the browser's acknowledgement of those before.
    Connections inherit it from the socket that accepts them.
    """
    try:
        for connection in psutil.Process().net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN:
                with socket.socket(fileno=os.dup(connection.fd)) as listener:
                    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except (psutil.Error, OSError):
        _LOG.warning("The sockets' delay could not be switched off.", exc_info=True)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[dict[str, Any]]:
    """Warm up in a thread, serve, then end every worker and download; runs in processes go on."""
    _send_without_delay()
    warming = threading.Thread(target=_warm_up, name="loupe-warm-up", daemon=True)
    warming.start()
    try:
        yield {}
    finally:
        await asyncio.to_thread(_shut_down, warming)


def _warm_up() -> None:
    """Import what the first visitor would otherwise wait for, and answer the first question."""
    try:
        from components.warm_up import warm_up

        warm_up()
    except Exception:
        # The server is up and the pages say by themselves what is wrong.
        _LOG.exception("The warm-up failed")


# How long the end waits for work that is still going on.
_SHUTDOWN_S = 10.0


def _shut_down(warming: threading.Thread) -> None:
    from loupe.checkpoints.shared import close_shared_suppliers
    from loupe.engine import close_shared_pool
    from loupe.runs.shared import close_shared_runs

    close_shared_runs(_SHUTDOWN_S)
    close_shared_suppliers()
    close_shared_pool(timeout_s=_SHUTDOWN_S)
    warming.join(_SHUTDOWN_S)
    # A warm-up that was still importing may have made them again.
    close_shared_suppliers()
    close_shared_pool(timeout_s=_SHUTDOWN_S)
