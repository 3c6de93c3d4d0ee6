"""A hub on loopback whose connections break on demand, and managers of several tempers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from loupe.checkpoints.download import DownloadManager
from loupe.checkpoints.hub import HubSettings
from tests.hub_server import HubServer
from tests.unit.checkpoints.download.watching import FILES, PATIENT, QUICK, SOON


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer({"some/model": FILES}) as server:
        yield server


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """The variables of a machine without a proxy, a token or a cache of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    return kept | {"HF_HOME": str(tmp_path / "home"), "HF_TOKEN": "of-the-environment"}


@pytest.fixture
def manager(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Iterator[DownloadManager]:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    manager = DownloadManager(tmp_path / "work", limits=QUICK, environment=environment)
    yield manager
    manager.close()
    assert not [*(tmp_path / "work").glob("*")], "a job's folder was left behind"


@pytest.fixture
def patient(tmp_path: Path, environment: dict[str, str]) -> Iterator[DownloadManager]:
    """A manager that lets a stalled download stand."""
    manager = DownloadManager(tmp_path / "work", limits=PATIENT, environment=environment)
    yield manager
    manager.close()


@pytest.fixture
def hasty(tmp_path: Path, environment: dict[str, str]) -> Iterator[DownloadManager]:
    """A manager that waits a second for the hub's first word."""
    manager = DownloadManager(tmp_path / "work", limits=SOON, environment=environment)
    yield manager
    manager.close()


@pytest.fixture
def settings(tmp_path: Path, hub: HubServer) -> HubSettings:
    return HubSettings(endpoint=hub.url, cache=tmp_path / "cache")
