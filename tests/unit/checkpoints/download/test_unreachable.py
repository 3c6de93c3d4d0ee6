"""No hub: what is said, how soon, and that nothing is left."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path

import pytest

from loupe.checkpoints.download import DownloadManager, DownloadState
from loupe.checkpoints.hub import HubSettings
from loupe.errors import HubUnreachable, NotOnThisMachine
from tests.hub_server import HubServer
from tests.unit.checkpoints.download.watching import END_S, REF, error_of, fetching

UNREACHABLE_S = 5.0


def assert_unreachable(manager: DownloadManager, endpoint: str, cache: Path) -> HubUnreachable:
    began = time.monotonic()
    error = error_of(manager.start(REF, HubSettings(endpoint=endpoint, cache=cache)))
    assert time.monotonic() - began < UNREACHABLE_S
    assert isinstance(error, HubUnreachable)
    for remedy in ("starter", "folder", "HF_ENDPOINT", str(cache / "models--some--model")):
        assert remedy in str(error)
    assert not cache.exists()
    assert fetching(os.getpid()) == []
    return error


def test_a_refused_connection_is_told_within_five_seconds(
    manager: DownloadManager, tmp_path: Path
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    assert_unreachable(manager, f"http://127.0.0.1:{port}", tmp_path / "cache")


def test_a_dead_name_is_told_within_five_seconds(manager: DownloadManager, tmp_path: Path) -> None:
    assert_unreachable(manager, "https://no-such-host.invalid", tmp_path / "cache")


def test_a_name_service_that_hangs_is_told_within_five_seconds(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()

    def hang(*_: object, **__: object) -> list[object]:
        release.wait(20)
        raise socket.gaierror("released")

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    manager = DownloadManager(tmp_path / "work", environment=environment)
    try:
        assert_unreachable(manager, "https://no-such-host.invalid", tmp_path / "cache")
    finally:
        release.set()
        manager.close()


def test_a_hub_whose_network_drops_packets_is_told_at_the_deadline(
    hasty: DownloadManager, tmp_path: Path
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(0)
        # Fills the backlog: the next connection's packets are dropped.
        fillers = [socket.socket() for _ in range(4)]
        try:
            for filler in fillers:
                filler.setblocking(False)
                filler.connect_ex(silent.getsockname())
            url = f"http://127.0.0.1:{silent.getsockname()[1]}"
            error = assert_unreachable(hasty, url, tmp_path / "cache")
        finally:
            for filler in fillers:
                filler.close()
    assert error.detail is not None


def test_a_hub_that_accepts_and_says_nothing_is_told_at_the_deadline(
    hasty: DownloadManager, tmp_path: Path
) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(16)
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert_unreachable(hasty, url, tmp_path / "cache")


def test_another_site_is_not_taken_for_a_hub(manager: DownloadManager, tmp_path: Path) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer

    class SignInPage(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>Welcome to the hotel</html>")

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), SignInPage) as site:
        serving = threading.Thread(target=site.serve_forever, args=(0.02,))
        serving.start()
        settings = HubSettings(
            endpoint=f"http://127.0.0.1:{site.server_port}", cache=tmp_path / "cache"
        )
        error = error_of(manager.start(REF, settings))
        site.shutdown()
        serving.join()
    assert isinstance(error, HubUnreachable)
    assert "not a model hub" in str(error)


def test_offline_nothing_is_asked_and_nothing_started(
    hub: HubServer, manager: DownloadManager, tmp_path: Path
) -> None:
    settings = HubSettings(endpoint=hub.url, offline=True, cache=tmp_path / "cache")
    download = manager.start(REF, settings)
    error = download.snapshot().error
    assert isinstance(error, NotOnThisMachine)
    assert "mirror" not in str(error), "a mirror is no help without a network"
    assert str(tmp_path / "cache" / "models--some--model") in str(error)
    assert hub.requests == []
    assert fetching(os.getpid()) == []


def test_offline_in_the_environment_does_not_overrule_the_settings(
    environment: dict[str, str], settings: HubSettings, tmp_path: Path
) -> None:
    manager = DownloadManager(tmp_path / "work", environment=environment | {"HF_HUB_OFFLINE": "1"})
    assert manager.start(REF, settings).wait(END_S).state is DownloadState.DONE
    manager.close()
