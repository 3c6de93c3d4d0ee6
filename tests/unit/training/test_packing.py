from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
import transformers

from loupe.checkpoints.loading import AUTO_CLASSES
from loupe.training.errors import UnfitModel
from loupe.training.packing import packs_cleanly
from loupe.training.session import decide_packing


def load(folder: Path) -> Any:
    return AUTO_CLASSES["AutoModelForCausalLM"]().from_pretrained(folder, dtype=torch.float32)


@pytest.fixture
def opt():
    torch.manual_seed(0)
    config = transformers.OPTConfig(
        vocab_size=60,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        ffn_dim=48,
        max_position_embeddings=64,
        word_embed_proj_dim=32,
        init_std=0.5,
    )
    return transformers.OPTForCausalLM(config)


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_texts_in_one_row_do_not_see_each_other(kind, tiny):
    model = load(tiny / kind).train()
    assert packs_cleanly(model)
    assert model.training, "left as it was"


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_with_a_cache_they_would(kind, tiny):
    model = load(tiny / kind)
    ids = torch.randint(0, 200, (1, 12))
    positions = torch.cat([torch.arange(7), torch.arange(5)])[None]
    with torch.no_grad():
        alone = model(input_ids=ids[:, 7:]).logits[0]
        cached = model(input_ids=ids, position_ids=positions, use_cache=True).logits[0, 7:]
        without = model(input_ids=ids, position_ids=positions, use_cache=False).logits[0, 7:]
    assert float((alone - cached).abs().max()) > 1e-2
    assert torch.allclose(alone, without, atol=1e-4)


def test_a_model_that_leaks_is_found_out(opt):
    assert not packs_cleanly(opt)


def test_auto_packs_where_it_is_safe_and_pads_where_it_is_not(make_spec, tiny, opt):
    good = load(tiny / "gpt2")
    assert decide_packing(make_spec(packing="auto"), good) is True
    assert decide_packing(make_spec(packing="auto"), opt) is False
    assert decide_packing(make_spec(packing=False), good) is False
    assert decide_packing(make_spec("bert", "fill-mask", packing="auto"), good) is False
    with pytest.raises(UnfitModel, match="see each other"):
        decide_packing(make_spec(packing=True), opt)
