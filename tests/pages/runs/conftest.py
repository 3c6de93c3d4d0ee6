"""A store that no thread trains: what a page shows is what a test has written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from components import resources
from tests.pages.runs.made_runs import MadeRun, make_run


@pytest.fixture(autouse=True)
def no_training_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resources, "start_shared_queue", lambda _make: None)


@pytest.fixture
def runs_root(tmp_path: Path) -> Path:
    """Where the server of the test keeps its runs."""
    return tmp_path / "state" / "runs"


@pytest.fixture
def make(runs_root: Path) -> Callable[..., MadeRun]:
    def made(name: str = "one", **options: Any) -> MadeRun:
        return make_run(runs_root, name, **options)

    return made
