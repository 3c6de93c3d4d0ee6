"""Logits at a few positions equal those of the whole forward, or the whole forward is used."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from loupe.engine.gather import logits_at
from loupe.engine.loaded import LoadedModel
from tests.loaded import load_tiny

KINDS = ("bert", "distilbert", "roberta", "modernbert", "albert", "xlm-roberta")
ROWS, COLUMNS = torch.tensor([0, 1, 1]), torch.tensor([2, 0, 5])


def whole(loaded: LoadedModel, ids: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        logits: torch.Tensor = loaded.model(input_ids=ids).logits[ROWS, COLUMNS]
    return logits


@pytest.mark.parametrize("kind", KINDS)
def test_gathered_logits_equal_the_whole_forward(kind: str, tmp_path: Path) -> None:
    loaded = load_tiny(kind, tmp_path / kind)
    ids = torch.randint(5, 100, (2, 7), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        first = logits_at(loaded, ids, ROWS, COLUMNS)
        second = logits_at(loaded, ids, ROWS, COLUMNS)
    assert loaded.memo["gathers"] is True
    torch.testing.assert_close(first, whole(loaded, ids), atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(second, first)
    # The hook is gone: the model is as it was for everybody else.
    assert not loaded.model.get_output_embeddings()._forward_pre_hooks


def test_a_head_that_goes_another_way_gets_the_whole_forward(tmp_path: Path) -> None:
    loaded = load_tiny("bert", tmp_path / "bert")
    decoder = loaded.model.get_output_embeddings()

    class Aside(torch.nn.Module):
        """A head that uses the layer's weights without calling the layer."""

        def forward(self, hidden: torch.Tensor) -> torch.Tensor:
            logits: torch.Tensor = hidden @ decoder.weight.T + decoder.bias
            return logits

    loaded.model.cls = Aside()
    loaded.model.get_output_embeddings = lambda: decoder
    ids = torch.randint(5, 100, (2, 7), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        logits = logits_at(loaded, ids, ROWS, COLUMNS)
    assert loaded.memo["gathers"] is False
    torch.testing.assert_close(logits, whole(loaded, ids))


def test_a_head_that_mixes_positions_gets_the_whole_forward(tmp_path: Path) -> None:
    loaded = load_tiny("bert", tmp_path / "bert")
    decoder: Any = loaded.model.get_output_embeddings()
    plain = decoder.forward
    decoder.forward = lambda hidden: plain(hidden - hidden.mean(dim=1, keepdim=True))
    ids = torch.randint(5, 100, (2, 7), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        logits = logits_at(loaded, ids, ROWS, COLUMNS)
    assert loaded.memo["gathers"] is False
    torch.testing.assert_close(logits, whole(loaded, ids))
