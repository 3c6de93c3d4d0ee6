"""A hub on loopback with datasets, and who fetches from it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from loupe.checkpoints.download import DownloadManager
from loupe.checkpoints.hub import HubSettings
from loupe.data.hub.dataset import HubDataset
from loupe.data.hub.inspect import inspect_hub
from loupe.data.hub.ref import DatasetRef
from tests.hub_server import HubServer
from tests.unit.data.hub.contents import QUICK, REVIEWS

Inspect = Callable[..., HubDataset]


@pytest.fixture
def hub() -> Iterator[HubServer]:
    with HubServer({"datasets/some/reviews": REVIEWS}) as server:
        yield server


@pytest.fixture
def settings(tmp_path: Path, hub: HubServer) -> HubSettings:
    return HubSettings(endpoint=hub.url, cache=tmp_path / "cache")


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DownloadManager]:
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    environment = dict(os.environ) | {"HF_HOME": str(tmp_path / "home")}
    manager = DownloadManager(tmp_path / "work", limits=QUICK, environment=environment)
    yield manager
    manager.close()
    assert not [*(tmp_path / "work").glob("*")], "a job's folder was left behind"


@pytest.fixture
def listings(tmp_path: Path) -> Path:
    return tmp_path / "listings"


@pytest.fixture
def look(manager: DownloadManager, settings: HubSettings, listings: Path) -> Inspect:
    """Inspect a dataset by its name, by default on the hub of this test."""

    def inspect(name: str = "some/reviews", among: HubSettings = settings) -> HubDataset:
        return inspect_hub(DatasetRef.parse(name), among, manager=manager, listings=listings)

    return inspect
