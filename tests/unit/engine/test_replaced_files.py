"""A checkpoint that was replaced on disk is loaded again."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef, Kind
from loupe.engine import ModelKey, Pool
from loupe.tasks import fill_mask
from tests.tiny_models import make_tiny

QUERY = fill_mask.FillMaskQuery("The capital of France is [MASK].")


def test_an_equal_question_about_replaced_weights_gets_their_answer(tmp_path: Path) -> None:
    folder = make_tiny("bert", tmp_path / "bert")
    places = Places(
        roots=(tmp_path,), starters=tmp_path, state=tmp_path / "s", hub_cache=tmp_path / "h"
    )
    key = ModelKey(CheckpointRef(Kind.FOLDER, str(folder)), fill_mask.AUTO_CLASS)
    pool = Pool(places)
    try:
        before = fill_mask.submit(pool, key, QUERY).result(timeout_s=60)
        again = fill_mask.submit(pool, key, QUERY).result(timeout_s=60)
        assert again is before, "nothing changed, nothing is computed again"

        weights = load_file(folder / "model.safetensors")
        half = {name: tensor * 0.5 for name, tensor in weights.items()}
        save_file(half, tmp_path / "new", metadata={"format": "pt"})
        os.replace(tmp_path / "new", folder / "model.safetensors")
        after = fill_mask.submit(pool, key, QUERY).result(timeout_s=60)
        assert after.trace.revision != before.trace.revision
        assert after.masks[0].entropy_nats != pytest.approx(before.masks[0].entropy_nats, abs=1e-3)
        assert len(pool.loaded()) == 1
    finally:
        assert pool.close(timeout_s=60)
