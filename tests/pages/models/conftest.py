"""A machine with a few models on it, and no thread that trains."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components import resources
from tests.pages.runs.made_runs import MadeRun, make_run
from tests.unit.checkpoints.hub_cache import put_in_cache


@pytest.fixture(autouse=True)
def no_training_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "start_shared_queue", lambda _make: None)


@pytest.fixture
def hub_cache(tmp_path: Path) -> Path:
    """Where the server of the test looks for what was downloaded."""
    return tmp_path / "hub" / "hub"


@pytest.fixture
def cached(hub_cache: Path, tiny_root: Path) -> str:
    """A tiny checkpoint of the hub that is here."""
    put_in_cache(hub_cache, "someone/tiny-roberta", tiny_root / "roberta")
    return "hub:someone/tiny-roberta"


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., MadeRun]:
    def made(name: str = "one", **options: Any) -> MadeRun:
        return make_run(tmp_path / "state" / "runs", name, **options)

    return made
