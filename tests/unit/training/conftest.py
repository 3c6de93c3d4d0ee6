"""Tiny checkpoints and runs that train for a second."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from loupe.checkpoints.places import Places
from loupe.data.spec import DataSpec, Source
from loupe.training.spec import Arguments, ModelSpec, RunSpec
from tests.tiny_models import make_tiny


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A folder with tiny checkpoints, to be used as the only root."""
    root: Path = tmp_path_factory.mktemp("tiny_training")
    for kind in ("bert", "gpt2", "llama", "t5"):
        make_tiny(kind, root / kind)
    return root


@pytest.fixture
def places(tiny, tmp_path) -> Places:
    return Places(
        roots=(tiny,), starters=tmp_path / "starters", state=tmp_path, hub_cache=tmp_path / "hub"
    )


@pytest.fixture
def make_spec(tiny) -> Callable[..., RunSpec]:
    """A spec of 20 steps on a tiny checkpoint; `args` and `model` are changes to its parts."""

    def make(
        kind: str = "gpt2",
        task: str = "text-generation",
        args: dict[str, Any] | None = None,
        model: dict[str, Any] | None = None,
        **more: Any,
    ) -> RunSpec:
        settings = {
            "max_steps": 20,
            "per_device_train_batch_size": 4,
            "learning_rate": 1e-3,
            "bf16": False,
            "eval_steps": 10,
            "logging_steps": 2,
        }
        chosen = {"checkpoint": f"folder:{tiny / kind}", "dropout": 0.0}
        return RunSpec(
            name="test",
            task=task,  # type: ignore[arg-type]
            model=ModelSpec(**{**chosen, **(model or {})}),
            data=DataSpec(train=(Source(path="texts.txt"),)),
            args=Arguments(**{**settings, **(args or {})}),
            max_length=32,
            **{"packing": False, **more},
        )

    return make


@pytest.fixture
def write_run(tmp_path) -> Callable[[RunSpec, str], Path]:
    """A run's folder that holds its run.yaml."""

    def write(spec: RunSpec, name: str = "run") -> Path:
        folder: Path = tmp_path / "runs" / name
        folder.mkdir(parents=True)
        (folder / "run.yaml").write_text(spec.to_yaml(), "utf-8")
        return folder

    return write


@pytest.fixture(autouse=True)
def few_threads() -> None:
    torch.set_num_threads(1)
