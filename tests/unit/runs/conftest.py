"""A store of its own for each test, and specs of runs that train for a second."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loupe.checkpoints.places import Places
from loupe.data.spec import DataSpec, Source
from loupe.runs.store import RunStore
from loupe.training.spec import Arguments, ModelSpec, RunSpec
from tests.tiny_models import SENTENCES, make_tiny


class Clock:
    """A time that passes when a test says so."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The only folder that runs may read: a tiny checkpoint, and texts with labels."""
    folder = tmp_path_factory.mktemp("root")
    make_tiny("bert", folder / "bert")
    rows = [{"text": f"{i} {text}", "label": "ab"[i % 2]} for i in range(8) for text in SENTENCES]
    (folder / "rows.jsonl").write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return folder


@pytest.fixture
def places(root: Path, tmp_path: Path) -> Places:
    return Places(
        roots=(root,),
        starters=tmp_path / "starters",
        state=tmp_path / "state",
        hub_cache=tmp_path / "hub",
    )


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(places: Places, clock: Clock) -> RunStore:
    return RunStore(places, now=clock)


@pytest.fixture
def make_spec(root: Path) -> Callable[..., RunSpec]:
    """A classification that is logged and saved at every step. args: changes to its arguments."""

    def make(name: str = "run", *, max_steps: int = 6, **args: Any) -> RunSpec:
        settings = {
            "max_steps": max_steps,
            "per_device_train_batch_size": 4,
            "learning_rate": 1e-3,
            "bf16": False,
            "logging_steps": 1,
            "save_steps": 2,
            "eval_steps": max_steps,
        }
        return RunSpec(
            name=name,
            task="text-classification",
            model=ModelSpec(checkpoint=f"folder:{root / 'bert'}", dropout=0.0),
            data=DataSpec(train=(Source(path="rows.jsonl"),), max_validation_rows=4),
            args=Arguments(**{**settings, **args}),
            max_length=16,
            sample_inputs=("one text",),
        )

    return make
