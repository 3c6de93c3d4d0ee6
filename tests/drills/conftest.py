"""Real servers and real trainings, to be killed at the worst moment."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from loupe.data.spec import DataSpec, Source
from loupe.runs.state import Status
from loupe.runs.store import RunStore
from loupe.training.events import read_events, without_undone
from loupe.training.run_folder import RunFolder
from loupe.training.spec import Arguments, ModelSpec, RunSpec
from tests.drills.server import places_at
from tests.tiny_models import SENTENCES, make_tiny

PROJECT = Path(__file__).resolve().parents[2]
# Far above what anything here takes: two busy cores.
PATIENCE_S = 120.0
ROWS = 400


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("root")
    make_tiny("bert", folder / "bert")
    texts = (f"{i} {SENTENCES[i % len(SENTENCES)]}" for i in range(ROWS))
    rows = [{"text": text, "label": "ab"[i % 2]} for i, text in enumerate(texts)]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return folder


@pytest.fixture
def store(root: Path, tmp_path: Path) -> Iterator[RunStore]:
    """The store; what still trains in it at the end of a test is killed."""
    made = RunStore(places_at(tmp_path / "state", root))
    yield made
    for process in psutil.process_iter():
        try:
            if any(str(tmp_path) in part for part in process.cmdline()):
                process.kill()
                process.wait(10)
        except psutil.Error:
            continue


@pytest.fixture
def start_server(store: RunStore, root: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start a server on the store. Each is killed at the end."""
    servers = []
    store.places.state.mkdir(parents=True, exist_ok=True)
    log = (store.places.state / "server.log").open("ab")

    def start() -> subprocess.Popen[bytes]:
        servers.append(
            subprocess.Popen(
                [sys.executable, "-m", "tests.drills.server", str(store.places.state), str(root)],
                cwd=PROJECT,
                stdout=log,
                stderr=log,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
        )
        return servers[-1]

    yield start
    for server in servers:
        server.kill()
        server.wait()
    log.close()


@pytest.fixture
def make_spec(root: Path) -> Callable[..., RunSpec]:
    """A run that is logged at each step and saved at each fifth; long enough to be interrupted."""

    def make(
        name: str = "run", *, steps: int = 400, data: dict[str, Any] | None = None, **args: Any
    ) -> RunSpec:
        settings = {
            "max_steps": steps,
            "per_device_train_batch_size": 4,
            "learning_rate": 1e-4,
            "bf16": False,
            "logging_steps": 1,
            "save_steps": 5,
            "eval_steps": steps,
        }
        return RunSpec(
            name=name,
            task="text-classification",
            model=ModelSpec(checkpoint=f"folder:{root / 'bert'}", dropout=0.0),
            data=DataSpec(
                **{"train": (Source(path="rows.jsonl"),), "max_validation_rows": 4, **(data or {})}
            ),
            args=Arguments(**{**settings, **args}),
            max_length=16,
            sample_inputs=("one text",),
        )

    return make


def until(condition: Callable[[], Any], what: str) -> Any:
    """Wait until something is so; what it gave."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"never came: {what}")


def events_of(folder: RunFolder, name: str) -> list[dict[str, Any]]:
    return [event for event in read_events(folder.events)[0] if event["event"] == name]


def step_of(folder: RunFolder) -> int:
    """The last step that the run has said."""
    return max((event["step"] for event in events_of(folder, "loss")), default=0)


def trains_beyond(store: RunStore, run_id: str, step: int) -> None:
    """Wait until the run is past a step, and has not ended."""
    folder = store.folder(run_id)

    def passed() -> bool:
        state = store.state(run_id)
        assert state.status in (Status.QUEUED, Status.RUNNING), (state, folder.log.read_text())
        return step_of(folder) > step

    until(passed, f"step {step} of {run_id}")


def ends_as(store: RunStore, run_id: str, status: Status) -> None:
    """Wait until the run has ended, and expect how."""

    def ended() -> bool:
        return store.state(run_id).has_ended

    until(ended, f"the end of {run_id}")
    log = store.folder(run_id).log
    said = log.read_text() if log.exists() else ""
    assert store.state(run_id).status is status, (store.state(run_id), said)


def assert_nothing_lost(store: RunStore, run_id: str, steps: int) -> None:
    """Every step stands in the record exactly once, and the run says that it did them all."""
    folder = store.folder(run_id)
    kept = without_undone(read_events(folder.events)[0])
    recorded = [event["step"] for event in kept if event["event"] == "loss"]
    assert recorded == list(range(1, steps + 1))
    finished = folder.read_finished()
    assert finished is not None
    assert finished["step"] == steps
    assert folder.steps()[-1] == steps
