"""Loading a folder, and every way in which a folder is not what it should be."""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from loupe.checkpoints import loading, weights
from loupe.checkpoints.loading import (
    AUTO_CLASSES,
    check_links,
    context_length,
    estimate_bytes,
    load,
    weights_digest,
)
from loupe.errors import (
    CheckpointNotFound,
    DamagedCheckpoint,
    LoupeError,
    MissingTokenizer,
    NeedsConversion,
    OutsideRoots,
    UnsupportedCheckpoint,
    WrongHead,
)
from tests.tiny_models import AUTO_CLASS_OF, KINDS, POSITIONS, edit_config, make_tiny

CPU = torch.device("cpu")
MASKED, CAUSAL = "AutoModelForMaskedLM", "AutoModelForCausalLM"
CLASSIFIER, TAGGER = "AutoModelForSequenceClassification", "AutoModelForTokenClassification"


@pytest.fixture
def bert(tmp_path: Path) -> Path:
    return make_tiny("bert", tmp_path / "bert")


def load_cpu(folder: Path, auto_class: str = MASKED, dtype: torch.dtype = torch.float32):
    return load(folder, auto_class, device=CPU, dtype=dtype, name="the checkpoint")


def refused(kind: type[LoupeError], folder: Path, auto_class: str = MASKED) -> LoupeError:
    """The error of a load, after checking that a person could read and act on it."""
    with pytest.raises(kind) as caught:
        load_cpu(folder, auto_class)
    error = caught.value
    assert type(error) is kind
    assert "the checkpoint" in str(error)
    assert error.remedy
    assert "{" not in str(error)
    assert str(folder) not in str(error), "a path belongs in the detail"
    assert "Traceback" not in str(error)
    return error


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


def test_every_auto_class_in_the_dict_is_that_class():
    for name, get in AUTO_CLASSES.items():
        assert get().__name__ == name


@pytest.mark.parametrize("auto_class", [CLASSIFIER, TAGGER])
def test_classifiers_load_with_their_own_labels(auto_class, tmp_path):
    folder = make_tiny("distilbert", tmp_path / "c", auto_class=auto_class)
    model, _ = load_cpu(folder, auto_class)
    assert model.config.id2label == {0: "bad", 1: "fine", 2: "good"}


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


def test_an_unknown_architecture_is_unsupported_and_named(bert):
    edit_config(bert, model_type="bert_of_tomorrow")
    error = refused(UnsupportedCheckpoint, bert)
    assert "bert_of_tomorrow" in str(error)
    assert transformers.__version__ in str(error)


def test_an_architecture_without_such_a_head_is_the_wrong_head(tmp_path):
    folder = make_tiny("gpt2", tmp_path / "gpt2")
    error = refused(WrongHead, folder)
    assert "GPT2LMHeadModel" in str(error)
    assert "filling masks" in str(error)


def test_an_encoder_alone_is_not_given_a_random_head(bert, capfd):
    encoder = transformers.BertModel.from_pretrained(bert)
    encoder.save_pretrained(bert)
    capfd.readouterr()
    error = refused(WrongHead, bert)
    assert "cls.predictions" in (error.detail or "")
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("kind", ["bert", "roberta", "albert", "distilbert", "modernbert"])
def test_a_classifier_is_no_masked_language_model(kind, tmp_path):
    folder = make_tiny(kind, tmp_path / kind, auto_class=CLASSIFIER)
    refused(WrongHead, folder)


def test_a_masked_language_model_is_no_classifier(bert):
    refused(WrongHead, bert, CLASSIFIER)
    refused(WrongHead, bert, TAGGER)


@pytest.mark.parametrize("kind", ["bert", "roberta", "distilbert"])
@pytest.mark.parametrize(("own", "other"), [(CLASSIFIER, TAGGER), (TAGGER, CLASSIFIER)])
def test_a_classifier_of_texts_is_none_of_tokens_nor_the_other_way_round(
    kind, own, other, tmp_path
):
    # Their weights may have the same names, so that either would load as the other.
    folder = make_tiny(kind, tmp_path / kind, auto_class=own)
    assert load_cpu(folder, own)
    refused(WrongHead, folder, other)


def test_a_causal_model_is_no_classifier(tmp_path):
    refused(WrongHead, make_tiny("gpt2", tmp_path / "g"), CLASSIFIER)


def test_a_bidirectional_model_is_not_loaded_as_a_causal_one(bert):
    # All its weights fit, and it would read the tokens it is to predict.
    refused(WrongHead, bert, CAUSAL)


def test_a_causal_model_that_does_not_call_itself_a_decoder_loads(tmp_path):
    folder = make_tiny("llama", tmp_path / "neox")
    config = transformers.GPTNeoXConfig(
        vocab_size=400, hidden_size=32, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=64, max_position_embeddings=64, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    assert config.is_decoder is False
    transformers.GPTNeoXForCausalLM(config).save_pretrained(folder)
    load_cpu(folder, CAUSAL)


def test_a_translation_model_is_not_loaded_without_its_encoder(tmp_path):
    folder = make_tiny("llama", tmp_path / "marian")
    sizes = {f"{part}_{what}": n for part in ("encoder", "decoder") for what, n in (
        ("layers", 1), ("attention_heads", 2), ("ffn_dim", 32))}  # fmt: skip
    config = transformers.MarianConfig(
        vocab_size=400, d_model=32, max_position_embeddings=64, pad_token_id=1, eos_token_id=0,
        bos_token_id=None, forced_eos_token_id=0, decoder_start_token_id=1, **sizes,
    )  # fmt: skip
    transformers.MarianMTModel(config).save_pretrained(folder)
    refused(WrongHead, folder, CAUSAL)
    load_cpu(folder, "AutoModelForSeq2SeqLM")


def test_a_base_model_with_a_pooler_nobody_needs_is_fine(bert):
    full = load_file(bert / "model.safetensors")
    full["bert.pooler.dense.weight"] = torch.zeros(32, 32)
    full["bert.pooler.dense.bias"] = torch.zeros(32)
    save_file(full, bert / "model.safetensors", metadata={"format": "pt"})
    load_cpu(bert)


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


def make_sharded(folder: Path) -> Path:
    model = transformers.BertForMaskedLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="40KB")
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    return folder


def test_shards_load_and_count_as_one_checkpoint(bert):
    whole_bytes = estimate_bytes(bert, torch.float32)
    make_sharded(bert)
    load_cpu(bert)
    assert estimate_bytes(bert, torch.float32) == whole_bytes


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


def test_pickled_weights_need_conversion_and_are_not_opened(bert):
    (bert / "model.safetensors").unlink()
    trap = bert.parent / "opened"
    (bert / "pytorch_model.bin").write_bytes(
        b"cos\nsystem\n(S'touch " + str(trap).encode() + b"'\ntR."
    )
    refused(NeedsConversion, bert)
    assert not trap.exists()


def test_safetensors_win_over_a_pickle_beside_them(bert):
    (bert / "pytorch_model.bin").write_bytes(b"never read")
    load_cpu(bert)


def test_no_weights_at_all_is_damage(bert):
    (bert / "model.safetensors").unlink()
    refused(DamagedCheckpoint, bert)


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


@pytest.mark.parametrize("kept", [(), ("tokenizer_config.json",)])
def test_missing_tokenizer_files_are_said_and_not_replaced_by_an_empty_vocabulary(bert, kept):
    for file in ("tokenizer.json", "tokenizer_config.json"):
        if file not in kept:
            (bert / file).unlink()
    refused(MissingTokenizer, bert)


def test_a_broken_tokenizer_is_damage(bert):
    (bert / "tokenizer.json").write_text("{")
    assert "tokenizer.json" in str(refused(DamagedCheckpoint, bert))


def test_a_repository_with_its_own_code_is_unsupported_and_its_code_does_not_run(bert):
    ran = bert.parent / "ran"
    code = f"open({str(ran)!r}, 'w')\nclass Config: ...\nclass Model: ...\n"
    (bert / "modeling_own.py").write_text(code)
    auto_map = {"AutoConfig": "modeling_own.Config", "AutoModelForMaskedLM": "modeling_own.Model"}
    edit_config(bert, model_type="own", auto_map=auto_map)
    assert "program code" in str(refused(UnsupportedCheckpoint, bert))
    assert not ran.exists()


def test_a_known_architecture_with_code_beside_it_loads_without_that_code(bert):
    edit_config(bert, auto_map={"AutoConfig": "modeling_own.Config"})
    load_cpu(bert)


def test_own_code_under_a_known_name_is_noticed_by_the_weights(bert):
    # Some repositories call a changed architecture "bert".
    edit_config(bert, auto_map={"AutoModelForMaskedLM": "modeling_own.Model"})
    full = load_file(bert / "model.safetensors")
    full["bert.encoder.layer.0.mlp.gated.weight"] = torch.zeros(4)
    save_file(full, bert / "model.safetensors", metadata={"format": "pt"})
    refused(UnsupportedCheckpoint, bert)


def test_nothing_is_asked_of_the_network(bert, monkeypatch):
    import socket

    def no_network(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    load_cpu(bert)
    (bert / "tokenizer.json").unlink()
    refused(MissingTokenizer, bert)


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


def test_a_link_out_of_the_roots_is_refused_and_one_inside_is_fine(bert, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.txt").write_text("x")
    roots = (bert.parent / "bert", tmp_path / "blobs")
    (tmp_path / "blobs").mkdir()
    (bert / "config.json").rename(tmp_path / "blobs" / "abc")
    (bert / "config.json").symlink_to(tmp_path / "blobs" / "abc")
    check_links(bert, roots)
    (bert / "vocab.txt").symlink_to(outside / "secret.txt")
    with pytest.raises(OutsideRoots) as caught:
        check_links(bert, roots)
    assert "vocab.txt" in str(caught.value)
    assert "secret" not in str(caught.value)


def test_linked_folders_circles_and_the_folder_itself_are_checked(bert, tmp_path):
    with pytest.raises(OutsideRoots):
        check_links(bert, (tmp_path / "elsewhere",))
    (bert / "round").symlink_to(bert / "round")
    with pytest.raises(OutsideRoots):
        check_links(bert, (bert,))
    (bert / "round").unlink()
    (bert / "up").symlink_to(tmp_path.parent, target_is_directory=True)
    with pytest.raises(OutsideRoots):
        check_links(bert, (bert,))


def test_a_folder_of_endless_files_is_not_walked_to_its_end(bert, monkeypatch):
    monkeypatch.setattr("loupe.checkpoints.links.ENTRIES_MAX", 2)
    with pytest.raises(UnsupportedCheckpoint):
        check_links(bert, (bert,))


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


def test_a_missing_gguf_package_is_said_with_the_command_that_helps(tmp_path, monkeypatch):
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    monkeypatch.setitem(sys.modules, "gguf", None)
    assert "pip install gguf" in str(refused(UnsupportedCheckpoint, tmp_path, CAUSAL))
