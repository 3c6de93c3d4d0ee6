"""Folders that lack something, or hold something broken, and what is said of it."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file, save_file

from loupe.checkpoints.loading import estimate_bytes
from loupe.errors import CheckpointNotFound, DamagedCheckpoint, MissingTokenizer
from tests.tiny_models import edit_config
from tests.unit.checkpoints.folders import make_sharded, refused


def test_a_folder_without_config_is_not_a_checkpoint(bert):
    (bert / "config.json").unlink()
    refused(CheckpointNotFound, bert)


@pytest.mark.parametrize("text", ["", "{", "[]", "\x00\xff", "[" * 100_000])
def test_a_config_that_is_no_json_object_is_damaged(bert, text):
    (bert / "config.json").write_bytes(text.encode("latin-1"))
    error = refused(DamagedCheckpoint, bert)
    assert "config.json" in str(error)
    assert error.detail


def test_a_config_without_model_type_is_damaged(bert):
    edit_config(bert, model_type=None)
    assert "model_type" in str(refused(DamagedCheckpoint, bert))


def test_a_config_with_impossible_values_is_damaged_or_unsupported(bert):
    edit_config(bert, num_attention_heads="many")
    error = refused(DamagedCheckpoint, bert)
    assert "many" in (error.detail or "")


def test_missing_body_weights_are_damage_and_not_a_wrong_head(bert):
    full = load_file(bert / "model.safetensors")
    del full["bert.encoder.layer.1.output.dense.weight"]
    save_file(full, bert / "model.safetensors", metadata={"format": "pt"})
    error = refused(DamagedCheckpoint, bert)
    assert "bert.encoder.layer.1.output.dense.weight" in str(error)


def test_fewer_layers_in_the_config_than_in_the_file_are_damage(bert):
    edit_config(bert, num_hidden_layers=1)
    error = refused(DamagedCheckpoint, bert)
    assert "more layers" in str(error)


@pytest.mark.parametrize("kept_bytes", [0, 5, 100, -1])
def test_a_truncated_weight_file_is_damage(bert, kept_bytes):
    file = bert / "model.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[:kept_bytes])
    error = refused(DamagedCheckpoint, bert)
    assert "model.safetensors" in str(error)
    with pytest.raises(DamagedCheckpoint):
        estimate_bytes(bert, torch.float32)


def test_weights_of_another_size_than_the_config_says_are_damage(bert):
    edit_config(bert, intermediate_size=48)
    error = refused(DamagedCheckpoint, bert)
    assert "is 64, not 48" in str(error)


def test_a_missing_shard_is_named(bert):
    make_sharded(bert)
    lost = sorted(bert.glob("model-*.safetensors"))[1]
    lost.unlink()
    assert lost.name in str(refused(DamagedCheckpoint, bert))


@pytest.mark.parametrize(
    "index", ["{", "[]", "{}", '{"weight_map": {"a": "../../secret.safetensors"}}']
)
def test_an_index_cannot_be_broken_or_lead_out_of_the_folder(bert, index):
    (bert / "model.safetensors").unlink()
    (bert / "model.safetensors.index.json").write_text(index)
    (bert.parent.parent / "secret.safetensors").write_bytes(b"x")
    refused(DamagedCheckpoint, bert)


def test_no_weights_at_all_is_damage(bert):
    (bert / "model.safetensors").unlink()
    refused(DamagedCheckpoint, bert)


@pytest.mark.parametrize("kept", [(), ("tokenizer_config.json",)])
def test_missing_tokenizer_files_are_said_and_not_replaced_by_an_empty_vocabulary(bert, kept):
    for file in ("tokenizer.json", "tokenizer_config.json"):
        if file not in kept:
            (bert / file).unlink()
    refused(MissingTokenizer, bert)


def test_a_broken_tokenizer_is_damage(bert):
    (bert / "tokenizer.json").write_text("{")
    assert "tokenizer.json" in str(refused(DamagedCheckpoint, bert))
