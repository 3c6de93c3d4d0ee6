"""A folder becomes a model that computes what was saved, and nothing else is touched."""

from __future__ import annotations

import os

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from loupe.checkpoints.loading import estimate_bytes
from loupe.errors import MissingTokenizer
from tests.tiny_models import AUTO_CLASS_OF, KINDS, edit_config, make_tiny
from tests.unit.checkpoints.folders import (
    CAUSAL,
    CLASSIFIER,
    TAGGER,
    load_cpu,
    make_sharded,
    refused,
)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_checkpoint_loads_and_computes_what_was_saved(kind, tmp_path):
    folder = make_tiny(kind, tmp_path / kind)
    model, tokenizer = load_cpu(folder, AUTO_CLASS_OF[kind])
    assert not model.training
    assert not any(parameter.requires_grad for parameter in model.parameters())
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    stored = load_file(folder / "model.safetensors")
    state = model.state_dict()
    assert all(torch.equal(state[key], value) for key, value in stored.items())
    assert len(tokenizer("The capital of France")["input_ids"]) > 3


def test_loading_is_quiet_and_leaves_the_settings_of_the_process_alone(bert, capfd):
    bars = transformers.utils.logging.is_progress_bar_enabled()
    load_cpu(bert)
    assert os.environ["DISABLE_SAFETENSORS_CONVERSION"] == "1"
    assert torch.get_default_dtype() == torch.float32
    assert transformers.utils.logging.is_progress_bar_enabled() == bars
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("kind", ["llama", "modernbert", "gpt2"])
def test_half_precision_equals_what_transformers_loads_by_itself(kind, tmp_path):
    folder = make_tiny(kind, tmp_path / kind)
    ours, tokenizer = load_cpu(folder, AUTO_CLASS_OF[kind], torch.bfloat16)
    theirs = getattr(transformers, AUTO_CLASS_OF[kind]).from_pretrained(
        folder, dtype=torch.bfloat16, use_safetensors=True
    )
    torch.set_default_dtype(torch.float32)
    ids = tokenizer("The capital of France is Paris", return_tensors="pt")
    with torch.no_grad():
        mine, reference = ours(**ids).logits, theirs(**ids).logits
    assert mine.dtype == torch.bfloat16
    assert torch.equal(mine, reference), "a rotary frequency must not lose its precision"
    assert [p.dtype for p in ours.parameters()] == [p.dtype for p in theirs.parameters()]
    assert [b.dtype for b in ours.buffers()] == [b.dtype for b in theirs.buffers()]


@pytest.mark.parametrize("auto_class", [CLASSIFIER, TAGGER])
def test_classifiers_load_with_their_own_labels(auto_class, tmp_path):
    folder = make_tiny("distilbert", tmp_path / "c", auto_class=auto_class)
    model, _ = load_cpu(folder, auto_class)
    assert model.config.id2label == {0: "bad", 1: "fine", 2: "good"}


def test_a_causal_model_that_does_not_call_itself_a_decoder_loads(tmp_path):
    folder = make_tiny("llama", tmp_path / "neox")
    config = transformers.GPTNeoXConfig(
        vocab_size=400, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    assert config.is_decoder is False
    transformers.GPTNeoXForCausalLM(config).save_pretrained(folder)
    load_cpu(folder, CAUSAL)


def test_a_base_model_with_a_pooler_nobody_needs_is_fine(bert):
    full = load_file(bert / "model.safetensors")
    full["bert.pooler.dense.weight"] = torch.zeros(32, 32)
    full["bert.pooler.dense.bias"] = torch.zeros(32)
    save_file(full, bert / "model.safetensors", metadata={"format": "pt"})
    load_cpu(bert)


def test_shards_load_and_count_as_one_checkpoint(bert):
    whole_bytes = estimate_bytes(bert, torch.float32)
    make_sharded(bert)
    load_cpu(bert)
    assert estimate_bytes(bert, torch.float32) == whole_bytes


def test_safetensors_win_over_a_pickle_beside_them(bert):
    (bert / "pytorch_model.bin").write_bytes(b"never read")
    load_cpu(bert)


def test_a_known_architecture_with_code_beside_it_loads_without_that_code(bert):
    edit_config(bert, auto_map={"AutoConfig": "modeling_own.Config"})
    load_cpu(bert)


def test_nothing_is_asked_of_the_network(bert, monkeypatch):
    import socket

    def no_network(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    load_cpu(bert)
    (bert / "tokenizer.json").unlink()
    refused(MissingTokenizer, bert)
