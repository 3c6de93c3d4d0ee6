"""GGUF files: a model and its tokenizer in one file."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file

from loupe.checkpoints.loading import estimate_bytes, weights_digest
from loupe.errors import DamagedCheckpoint, UnsupportedCheckpoint, WrongHead
from tests.tiny_models import make_tiny
from tests.unit.checkpoints.folders import CAUSAL, load_cpu, refused


def make_gguf(folder: Path) -> Path:
    """A tiny Llama as GGUF, in float32, with a byte-level tokenizer."""
    gguf = pytest.importorskip("gguf")
    source = make_tiny("llama", folder / "source")
    state = load_file(source / "model.safetensors")
    tokenizer = json.loads((source / "tokenizer.json").read_text())["model"]
    config = json.loads((source / "config.json").read_text())
    pieces = sorted(tokenizer["vocab"], key=tokenizer["vocab"].get)
    target = folder / "gguf" / "tiny.gguf"
    target.parent.mkdir()
    writer = gguf.GGUFWriter(target, "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_rope_dimension_count(config["hidden_size"] // config["num_attention_heads"])
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(pieces)
    writer.add_token_types([3] + [1] * (len(pieces) - 1))
    writer.add_token_merges([" ".join(pair) for pair in tokenizer["merges"]])
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(0)
    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.LLAMA, config["num_hidden_layers"])
    for key, value in state.items():
        writer.add_tensor(names.get_name(key, (".weight", ".bias")) + "", value.float().numpy())
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def test_a_gguf_file_loads_by_its_folder_and_by_its_path(tmp_path):
    file = make_gguf(tmp_path)
    for path in (file, file.parent):
        model, tokenizer = load_cpu(path, CAUSAL)
        assert not model.training
        ids = tokenizer("The capital", return_tensors="pt")
        assert model(**ids).logits.isfinite().all()
    parameters = sum(p.numel() for p in model.parameters())
    assert estimate_bytes(file, torch.float32) == parameters * 4
    assert weights_digest(file) == weights_digest(file.parent)
    refused(WrongHead, file)
    whole = file.read_bytes()
    for kept_bytes in (0, 4, 50, len(whole) // 5, len(whole) // 2):
        file.write_bytes(whole[:kept_bytes])
        refused(DamagedCheckpoint, file, CAUSAL)
    file.write_bytes(whole[:8] + b"\xff" * 16 + whole[24:])
    refused(DamagedCheckpoint, file, CAUSAL)


def test_a_gguf_file_is_loaded_without_a_word(tmp_path, capfd):
    file = make_gguf(tmp_path)
    capfd.readouterr()
    bars = transformers.utils.logging.is_progress_bar_enabled()
    load_cpu(file, CAUSAL)
    assert capfd.readouterr() == ("", "")
    assert transformers.utils.logging.is_progress_bar_enabled() == bars


def test_a_missing_gguf_package_is_said_with_the_command_that_helps(tmp_path, monkeypatch):
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "gguf", None)
    assert "pip install gguf" in str(refused(UnsupportedCheckpoint, tmp_path, CAUSAL))
