"""On a CUDA device (`make test-gpu`): the numbers of the CPU, and memory that comes back."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine import ModelKey, Pool
from loupe.tasks import fill_mask
from tests.tiny_models import MASKED_KINDS, make_tiny

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device"),
]

TEXT = "The capital of France is [MASK], and the cat sleeps."


def make_pool(folder: Path) -> Pool:
    state = folder / "state"
    return Pool(Places(roots=(folder,), starters=folder, state=state, hub_cache=folder / "hub"))


@pytest.mark.parametrize("kind", MASKED_KINDS)
def test_the_gpu_gives_the_cpu_s_numbers(kind: str, tmp_path: Path) -> None:
    ref = CheckpointRef(Kind.FOLDER, str(make_tiny(kind, tmp_path / kind)))
    query = fill_mask.FillMaskQuery(TEXT, words=("foxcat", "is"))
    pool = make_pool(tmp_path)
    try:
        on_cpu, on_gpu = (
            fill_mask.submit(
                pool, ModelKey(ref, fill_mask.AUTO_CLASS, device, "float32"), query
            ).result(timeout_s=120)
            for device in ("cpu", "cuda")
        )
    finally:
        assert pool.close(timeout_s=60)
    assert on_gpu.trace.device.startswith("cuda")
    for cpu, gpu in zip(on_cpu.masks, on_gpu.masks, strict=True):
        assert gpu.entropy_nats == pytest.approx(cpu.entropy_nats, abs=1e-3)
        assert [e.log_prob for e in gpu.top] == pytest.approx(
            [e.log_prob for e in cpu.top], abs=1e-3
        )
    assert [w.log_prob for w in on_gpu.words] == pytest.approx(
        [w.log_prob for w in on_cpu.words], abs=2e-3
    )


def test_half_precision_agrees_with_its_own_check(tmp_path: Path) -> None:
    ref = CheckpointRef(Kind.FOLDER, str(make_tiny("bert", tmp_path / "bert")))
    pool = make_pool(tmp_path)
    key = ModelKey(ref, fill_mask.AUTO_CLASS, "cuda", "bfloat16")
    try:
        query = fill_mask.FillMaskQuery(TEXT)
        result = fill_mask.submit(pool, key, query).result(timeout_s=120)
        report = fill_mask.submit_check(pool, key, result).result(timeout_s=120)
    finally:
        assert pool.close(timeout_s=60)
    assert result.trace.dtype == "bfloat16"
    assert report.agrees


def test_an_unloaded_model_gives_its_memory_back(tmp_path: Path) -> None:
    ref = CheckpointRef(Kind.FOLDER, str(make_tiny("bert", tmp_path / "bert")))
    pool = make_pool(tmp_path)
    key = ModelKey(ref, fill_mask.AUTO_CLASS, "cuda")
    try:
        before = torch.cuda.memory_allocated()
        fill_mask.submit(pool, key, fill_mask.FillMaskQuery(TEXT)).result(timeout_s=120)
        assert torch.cuda.memory_allocated() > before
        assert pool.unload(key)
        assert torch.cuda.memory_allocated() <= before
    finally:
        assert pool.close(timeout_s=60)
