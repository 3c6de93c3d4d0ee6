"""How many tokens a model can read."""

from __future__ import annotations

import pytest
import torch
import transformers

from loupe.checkpoints.loading import context_length
from tests.tiny_models import POSITIONS, make_tiny
from tests.unit.checkpoints.folders import CAUSAL, load_cpu


def test_positions_that_start_after_the_padding_are_not_counted(tmp_path):
    expected = POSITIONS
    for kind in ("roberta", "xlm-roberta", "bert"):
        folder = make_tiny(kind, tmp_path / kind)
        model, tokenizer = load_cpu(folder)
        tokenizer.model_max_length = int(1e30)  # as tokenizers without a limit have it
        assert context_length(model.config, tokenizer) == expected
        full = torch.full((1, expected), 7)
        assert model(input_ids=full).logits.shape[1] == expected
        with pytest.raises((IndexError, RuntimeError)):
            model(input_ids=torch.full((1, expected + 1), 7))


def test_a_smaller_limit_of_the_tokenizer_counts_and_relative_positions_have_none(tmp_path):
    model, tokenizer = load_cpu(make_tiny("gpt2", tmp_path / "g"), CAUSAL)
    tokenizer.model_max_length = 10
    assert context_length(model.config, tokenizer) == 10
    model, tokenizer = load_cpu(make_tiny("t5", tmp_path / "t"), "AutoModelForSeq2SeqLM")
    assert context_length(model.config, tokenizer) is None
    roberta = transformers.RobertaConfig(max_position_embeddings=514, pad_token_id=1)
    assert context_length(roberta, None) == 512
