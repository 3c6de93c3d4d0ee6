"""Folders that are whole, and that Loupe does not load: other formats, and code of their own."""

from __future__ import annotations

import torch
import transformers
from safetensors.torch import load_file, save_file

from loupe.errors import NeedsConversion, UnsupportedCheckpoint
from tests.tiny_models import edit_config
from tests.unit.checkpoints.folders import refused


def test_an_unknown_architecture_is_unsupported_and_named(bert):
    edit_config(bert, model_type="bert_of_tomorrow")
    error = refused(UnsupportedCheckpoint, bert)
    assert "bert_of_tomorrow" in str(error)
    assert transformers.__version__ in str(error)


def test_pickled_weights_need_conversion_and_are_not_opened(bert):
    (bert / "model.safetensors").unlink()
    trap = bert.parent / "opened"
    (bert / "pytorch_model.bin").write_bytes(
        b"cos\nsystem\n(S'touch " + str(trap).encode() + b"'\ntR."
    )
    refused(NeedsConversion, bert)
    assert not trap.exists()


def test_weights_of_other_frameworks_are_unsupported(bert):
    (bert / "model.safetensors").rename(bert / "tf_model.h5")
    assert "tf_model.h5" in str(refused(UnsupportedCheckpoint, bert))


def test_an_adapter_of_other_making_is_unsupported_and_its_base_is_not_fetched(bert):
    (bert / "adapter_config.json").write_text('{"base_model_name_or_path": "owner/name"}')
    assert "adapter" in str(refused(UnsupportedCheckpoint, bert))
    for file in ("config.json", "model.safetensors"):
        (bert / file).unlink()
    assert "adapter" in str(refused(UnsupportedCheckpoint, bert))


def test_quantised_weights_are_unsupported(bert):
    edit_config(bert, quantization_config={"quant_method": "gptq", "bits": 4})
    refused(UnsupportedCheckpoint, bert)


def test_a_config_cannot_point_at_other_weight_files(bert):
    edit_config(bert, transformers_weights="other.safetensors")
    refused(UnsupportedCheckpoint, bert)


def test_a_repository_with_its_own_code_is_unsupported_and_its_code_does_not_run(bert):
    ran = bert.parent / "ran"
    code = f"open({str(ran)!r}, 'w')\nclass Config: ...\nclass Model: ...\n"
    (bert / "modeling_own.py").write_text(code)
    auto_map = {"AutoConfig": "modeling_own.Config", "AutoModelForMaskedLM": "modeling_own.Model"}
    edit_config(bert, model_type="own", auto_map=auto_map)
    assert "program code" in str(refused(UnsupportedCheckpoint, bert))
    assert not ran.exists()


def test_own_code_under_a_known_name_is_noticed_by_the_weights(bert):
    # Some repositories call a changed architecture "bert".
    edit_config(bert, auto_map={"AutoModelForMaskedLM": "modeling_own.Model"})
    full = load_file(bert / "model.safetensors")
    full["bert.encoder.layer.0.mlp.gated.weight"] = torch.zeros(4)
    save_file(full, bert / "model.safetensors", metadata={"format": "pt"})
    refused(UnsupportedCheckpoint, bert)
