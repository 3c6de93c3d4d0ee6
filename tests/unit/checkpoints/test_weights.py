"""What is known of weights before they are loaded: size, dtype, digest."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from loupe.checkpoints import loading, weights
from loupe.checkpoints.loading import estimate_bytes, weights_digest
from tests.unit.checkpoints.folders import load_cpu


def test_the_size_is_known_from_the_header_alone(bert, monkeypatch):
    monkeypatch.setattr(torch, "empty", None)
    model_bytes = estimate_bytes(bert, torch.float32)
    monkeypatch.undo()
    model, _ = load_cpu(bert)
    stored = load_file(bert / "model.safetensors").values()
    assert model_bytes == sum(tensor.numel() for tensor in stored) * 4
    assert estimate_bytes(bert, torch.bfloat16) == model_bytes // 2
    assert sum(p.numel() for p in model.parameters()) * 4 == model_bytes


def test_the_stored_dtype_is_read_from_the_header(bert):
    assert loading.own_dtype(bert, "x") == torch.float32
    model, _ = load_cpu(bert, dtype=torch.bfloat16)
    model.save_pretrained(bert)
    assert loading.own_dtype(bert, "x") == torch.bfloat16
    assert estimate_bytes(bert, torch.float32) == estimate_bytes(bert, torch.bfloat16) * 2


@pytest.mark.parametrize("limit_bytes", [weights.FULL_DIGEST_LIMIT_BYTES, 0])
def test_a_copy_has_the_same_digest_and_a_trained_step_another(bert, limit_bytes, monkeypatch):
    monkeypatch.setattr(weights, "FULL_DIGEST_LIMIT_BYTES", limit_bytes)
    first = weights_digest(bert)
    copied = Path(shutil.copytree(bert, bert.parent / "copy"))
    os.utime(copied / "model.safetensors", (0, 0))
    assert weights_digest(copied) == first
    full = load_file(copied / "model.safetensors")
    save_file(
        {key: value * 1.01 for key, value in full.items()},
        copied / "model.safetensors",
        metadata={"format": "pt"},
    )
    assert weights_digest(copied) != first
    assert weights_digest(bert) == first
