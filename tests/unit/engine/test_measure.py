"""A measurement is of the checkpoint that was named, and its process never outlives it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from loupe.checkpoints.child import Child
from loupe.checkpoints.loading import load
from loupe.checkpoints.measurements import Measurement
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.engine import measure as measuring
from loupe.engine.loaded import ModelKey
from loupe.engine.measure import measure
from loupe.engine.measure_child import Stage, measure_here
from loupe.errors import Cancelled, EngineError, OutOfMemory
from tests.adapters import load_tiny_adapter
from tests.tiny_models import AUTO_CLASS_OF, POSITIONS, make_tiny
from tests.unit.engine.fake_measuring import NUMBERS

PLENTY = 10**12


def job(folder: Path, auto_class: str, **more: Any) -> dict[str, Any]:
    usual = {
        "folder": str(folder),
        "base": None,
        "auto_class": auto_class,
        "name": "the checkpoint",
        "device": "cpu",
        "dtype": "float32",
        "length_tokens": 128,
        "generated_tokens": 8,
    }
    return {**usual, **more}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("loupe.engine.measure_child.READINGS_S", 0.0)


@pytest.mark.parametrize("kind", ["bert", "gpt2", "t5", "bart"])
def test_the_numbers_are_of_the_checkpoint(kind: str, tmp_path: Path) -> None:
    import torch

    folder = make_tiny(kind, tmp_path / kind)
    stages: list[Stage] = []
    found = measure_here(job(folder, AUTO_CLASS_OF[kind]), stages.append)
    model, _ = load(
        folder, AUTO_CLASS_OF[kind], device=torch.device("cpu"), dtype=torch.float32, name=kind
    )
    assert found["parameters"] == sum(p.numel() for p in model.parameters())
    assert found["length_tokens"] == (128 if kind == "t5" else POSITIONS - 8)
    assert found["forward_tokens_per_s"] > 0
    assert found["load_s"] > 0
    assert found["peak_bytes"] >= 0
    if kind == "bert":
        assert found["generated_tokens_per_s"] is None
        assert stages == [Stage.LOADING, Stage.READING]
    else:
        assert found["generated_tokens"] == 7, "the first is read along with the text"
        assert found["generated_tokens_per_s"] > 0
        assert stages == [Stage.LOADING, Stage.READING, Stage.WRITING]
    Measurement.from_dict(
        {
            "schema_version": 1,
            "ref": "a/b",
            "auto_class": "x",
            "threads": 1,
            "measured_s": 1.0,
            **found,
        }
    )


def test_an_adapter_is_measured_with_its_base(tmp_path: Path) -> None:
    auto_class = "AutoModelForSequenceClassification"
    loaded, base = load_tiny_adapter(auto_class, tmp_path, ("a", "b"))
    found = measure_here(job(tmp_path / "moved", auto_class, base=str(base)), lambda _: None)
    assert found["parameters"] == sum(p.numel() for p in loaded.model.parameters())


# The process


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Measurement]:
    """Measure by the stand-in, told what to do."""
    monkeypatch.setattr(measuring, "MODULE", "tests.unit.engine.fake_measuring")
    folder = tmp_path / "model.gguf"
    # Only its size is looked at.
    monkeypatch.setattr(measuring, "estimate_bytes", lambda *_: 1000)

    def measured(what: str, **options: Any) -> Measurement:
        key = ModelKey(CheckpointRef.parse("a/b"), "AutoModelForMaskedLM")
        return measure(
            key,
            ResolvedCheckpoint(folder, None, ()),
            tmp_path / "work",
            **{
                "device": "cpu",
                "dtype": "float32",
                "threads": 3,
                "available_bytes": lambda: PLENTY,
                "now": lambda: 5.0,
                "environment": {**os.environ, "FAKE": what},
                **options,
            },
        )

    return measured


def nothing_left(tmp_path: Path) -> bool:
    return list((tmp_path / "work").iterdir()) == []


def test_what_the_process_found_is_told_with_its_circumstances(
    run: Callable[..., Measurement], tmp_path: Path
) -> None:
    stages: list[Stage] = []
    found = run("done", report=stages.append)
    assert found == Measurement(
        ref="hub:a/b",
        auto_class="AutoModelForMaskedLM",
        threads=3,
        measured_s=5.0,
        **NUMBERS,  # type: ignore[arg-type]
    )
    assert stages == [Stage.LOADING]
    assert nothing_left(tmp_path)


@pytest.mark.parametrize(
    ("what", "error", "detail"),
    [
        ("failed", EngineError, "words"),
        ("failed for memory", OutOfMemory, "words"),
        ("killed", OutOfMemory, None),
        ("ends", EngineError, None),
    ],
)
def test_a_process_that_fails_is_an_error_that_helps(
    what: str,
    error: type[EngineError],
    detail: str | None,
    run: Callable[..., Measurement],
    tmp_path: Path,
) -> None:
    with pytest.raises(EngineError) as caught:
        run(what)
    assert type(caught.value) is error
    assert "“a/b”" in str(caught.value)
    assert caught.value.remedy
    assert (caught.value.detail or None) == detail
    assert nothing_left(tmp_path)


def test_a_cancelled_measurement_ends_its_process(
    run: Callable[..., Measurement], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pids: list[int] = []

    def made(*args: Any) -> Child:
        child = Child(*args)
        pids.append(child.pid)
        return child

    def stop() -> None:
        if pids:
            raise Cancelled("x", "y")

    monkeypatch.setattr(measuring, "Child", made)
    with pytest.raises(Cancelled):
        run("hangs", stop=stop)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)
    assert nothing_left(tmp_path)


def test_a_measurement_that_takes_too_long_is_ended(
    run: Callable[..., Measurement], tmp_path: Path
) -> None:
    with pytest.raises(EngineError, match="not measured within"):
        run("hangs", timeout_s=0.0)
    assert nothing_left(tmp_path)


def test_what_cannot_fit_is_refused_before_anything_starts(
    run: Callable[..., Measurement], tmp_path: Path
) -> None:
    with pytest.raises(OutOfMemory, match="main memory"):
        run("done", available_bytes=lambda: 999)
    assert not (tmp_path / "work").exists()
