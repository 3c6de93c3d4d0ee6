"""Parameters are counted as the loaded model has them, without reading a weight."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from loupe.checkpoints.anatomy import CAUSAL, Module, dissect, largest_parts
from loupe.checkpoints.heads import AUTO_CLASSES
from loupe.checkpoints.loading import load
from loupe.errors import DamagedCheckpoint, LoupeError, UnsupportedCheckpoint
from tests.adapters import load_tiny_adapter
from tests.tiny_models import (
    AUTO_CLASS_OF,
    INNER,
    KINDS,
    LAYERS,
    POSITIONS,
    SEQ2SEQ_KINDS,
    WIDTH,
    edit_config,
    make_tiny,
)
from tests.unit.checkpoints.test_gguf_weights import make_gguf

ALL_KINDS = tuple(dict.fromkeys((*KINDS, *SEQ2SEQ_KINDS)))
CLASSIFIER = "AutoModelForSequenceClassification"


def weights_of(folder: Path, auto_class: str) -> int:
    model = AUTO_CLASSES[auto_class]().from_pretrained(folder)
    return sum(parameter.numel() for parameter in model.parameters())


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    root = tmp_path_factory.mktemp("tiny")
    made: dict[str, Path] = {}

    def make(kind: str) -> Path:
        if kind not in made:
            made[kind] = make_tiny(kind, root / kind)
        return made[kind]

    return make


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_parameters_are_those_of_the_loaded_model(kind: str, tiny: Callable[..., Path]) -> None:
    folder = tiny(kind)
    found = dissect(folder, kind)
    assert found.auto_class == AUTO_CLASS_OF[kind]
    assert found.parameters == weights_of(folder, AUTO_CLASS_OF[kind])
    assert sum(module.parameters for module in found.modules) == found.parameters
    assert found.stored == "float32"
    assert found.adapter_parameters is None


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_memory_is_parameters_times_bytes(kind: str, tiny: Callable[..., Path]) -> None:
    found = dissect(tiny(kind), kind)
    for dtype, size in ((torch.float32, 4), (torch.bfloat16, 2), (torch.float16, 2)):
        assert found.memory_bytes(dtype) == size * found.parameters


def test_tied_weights_are_named_and_counted_once(tiny: Callable[..., Path]) -> None:
    gpt2, llama = dissect(tiny("gpt2"), "gpt2"), dissect(tiny("llama"), "llama")
    assert gpt2.tied == (("transformer.wte.weight", "lm_head.weight"),)
    assert not any(module.name == "lm_head" for module in gpt2.modules)
    assert llama.tied == ()
    assert (gpt2.is_output_tied, llama.is_output_tied) == (True, False)
    assert any(module.name == "lm_head" for module in llama.modules)


FAMILIES = {
    "t5": (transformers.T5Config, transformers.T5ForConditionalGeneration),
    "mt5": (transformers.MT5Config, transformers.MT5ForConditionalGeneration),
}
VOCABULARY = 100


def make_pair(family: str, folder: Path, **changed: torch.Tensor) -> Path:
    """A tiny model whose file holds these tensors too. Its configuration ties all tables."""
    config_class, model_class = FAMILIES[family]
    sizes = {"d_model": 8, "d_kv": 4, "d_ff": 16, "num_layers": 1, "num_heads": 2}
    config = config_class(vocab_size=VOCABULARY, decoder_start_token_id=0, **sizes)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model_class(config).save_pretrained(folder)
    file = folder / "model.safetensors"
    save_file({**load_file(file), **changed}, file, {"format": "pt"})
    return folder


@pytest.mark.parametrize("family", FAMILIES)
def test_an_output_table_of_its_own_counts_whatever_the_configuration_ties(
    family: str, tmp_path: Path
) -> None:
    tied = make_pair(family, tmp_path / "tied")
    table = load_file(tied / "model.safetensors")["shared.weight"]
    twice = make_pair(family, tmp_path / "twice", **{"lm_head.weight": table.clone()})
    last_row = table.clone()
    last_row[-1] += 1
    apart = make_pair(family, tmp_path / "apart", **{"lm_head.weight": last_row})
    counts = {folder.name: dissect(folder, "x").parameters for folder in (tied, twice, apart)}
    for folder in (tied, twice, apart):
        assert counts[folder.name] == weights_of(folder, "AutoModelForSeq2SeqLM"), folder.name
    assert counts["twice"] == counts["tied"]
    assert counts["apart"] == counts["tied"] + table.numel()
    found = dissect(apart, "x")
    assert ("shared.weight", "lm_head.weight") not in found.tied
    assert ("shared.weight", "encoder.embed_tokens.weight") in found.tied
    assert any(module.name == "lm_head" for module in found.modules)
    assert (found.is_output_tied, dissect(twice, "x").is_output_tied) == (False, True)


def test_weights_in_another_folder_say_what_is_tied(tmp_path: Path) -> None:
    table = torch.ones(VOCABULARY, 8)
    whole = make_pair("t5", tmp_path / "whole", **{"lm_head.weight": table})
    bare = make_pair("t5", tmp_path / "bare")
    (bare / "model.safetensors").unlink()
    assert dissect(bare, "x").is_output_tied
    assert dissect(bare, "x", whole).parameters == weights_of(whole, "AutoModelForSeq2SeqLM")


def test_only_a_head_of_words_is_said_to_be_tied(tmp_path: Path) -> None:
    folder = make_tiny("bart", tmp_path / "bart")
    edit_config(folder, architectures=["BartForSequenceClassification"])
    found = dissect(folder, "bart")
    assert found.tied, "encoder and decoder share their table"
    assert not found.is_output_tied
    assert found.parameters == weights_of(folder, CLASSIFIER)


def test_untying_adds_the_output_table(tmp_path: Path) -> None:
    folder = make_tiny("gpt2", tmp_path / "gpt2")
    before = dissect(folder, "tied").parameters
    edit_config(folder, tie_word_embeddings=False)
    found = dissect(folder, "untied")
    assert found.tied == ()
    assert found.architecture.vocabulary is not None
    assert found.parameters == before + found.architecture.vocabulary * WIDTH


def test_a_load_in_another_thread_does_not_change_the_count(
    tiny: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    # What from_pretrained does to the whole process while it runs.
    expected = dissect(tiny("t5"), "t5")
    monkeypatch.setattr(transformers.PreTrainedModel, "tie_weights", lambda *_, **__: None)
    found = dissect(tiny("t5"), "t5")
    assert (found.parameters, set(found.tied)) == (expected.parameters, set(expected.tied))
    assert expected.tied


def test_taking_apart_changes_no_global_state(tiny: Callable[..., Path]) -> None:
    random, dtype = torch.random.get_rng_state(), torch.get_default_dtype()
    dissect(tiny("bert"), "bert")
    assert torch.equal(random, torch.random.get_rng_state())
    assert torch.get_default_dtype() == dtype
    assert torch.zeros(1).device.type == "cpu"


def test_no_weight_is_read(tmp_path: Path) -> None:
    folder = make_tiny("bert", tmp_path / "bert")
    expected = dissect(folder, "bert").parameters
    (folder / "model.safetensors").unlink()
    found = dissect(folder, "bert")
    assert found.parameters == expected
    assert found.stored is None


def test_an_adapter_counts_the_merged_model_and_its_own_weights(tmp_path: Path) -> None:
    labels = ("bad", "good")
    loaded, _base = load_tiny_adapter(CLASSIFIER, tmp_path, labels)
    found = dissect(tmp_path / "moved", "adapter")
    assert found.auto_class == CLASSIFIER
    assert found.parameters == sum(p.numel() for p in loaded.model.parameters())
    assert found.adapter_parameters is not None
    assert 0 < found.adapter_parameters < found.parameters
    assert found.architecture.labels == labels


def test_the_architecture_is_what_the_configuration_says(tiny: Callable[..., Path]) -> None:
    for kind in ALL_KINDS:
        built = dissect(tiny(kind), kind).architecture
        assert built.layers == LAYERS, kind
        assert built.width == WIDTH, kind
        assert built.heads == 2, kind
        assert built.inner_width in (INNER, None), kind
        assert built.decoder_layers == (LAYERS if kind in SEQ2SEQ_KINDS else None), kind
        assert built.context_tokens == (None if kind == "t5" else POSITIONS), kind
        assert built.labels == (), kind
    assert dissect(tiny("llama"), "llama").architecture.key_value_heads == 1
    assert dissect(tiny("albert"), "albert").architecture.groups == 1


def test_a_classifiers_labels_are_named(tmp_path: Path) -> None:
    folder = make_tiny("bert", tmp_path / "c", auto_class=CLASSIFIER, labels=("ja", "nein", "好"))
    assert dissect(folder, "c").architecture.labels == ("ja", "nein", "好")


def test_a_model_without_a_head_is_counted_too(tmp_path: Path) -> None:
    folder = make_tiny("bert", tmp_path / "bert")
    edit_config(folder, architectures=["BertModel"])
    found = dissect(folder, "bert")
    expected = transformers.BertModel(transformers.AutoConfig.from_pretrained(folder))
    assert found.auto_class is None
    assert found.parameters == sum(p.numel() for p in expected.parameters())


def test_a_gguf_files_model_is_counted_from_its_metadata(tmp_path: Path) -> None:
    file = make_gguf(tmp_path)
    loaded, _tokenizer = load(
        file, CAUSAL, device=torch.device("cpu"), dtype=torch.float32, name="gguf"
    )
    found = dissect(file, "gguf")
    assert found.parameters == sum(p.numel() for p in loaded.parameters())
    assert (found.auto_class, found.stored) == (CAUSAL, None)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"model_type": None}, DamagedCheckpoint),
        ({"model_type": "no-such-architecture"}, UnsupportedCheckpoint),
        ({"hidden_size": 31}, UnsupportedCheckpoint),
        ({"num_hidden_layers": 10**9}, UnsupportedCheckpoint),
        ({"vocab_size": "many"}, LoupeError),
        ({"quantization_config": {"bits": 4}}, UnsupportedCheckpoint),
        ({"auto_map": {"AutoModel": "own.Model"}, "model_type": "own"}, UnsupportedCheckpoint),
    ],
)
def test_a_configuration_that_makes_no_model_is_refused(
    changes: dict[str, object], error: type[LoupeError], tmp_path: Path
) -> None:
    folder = make_tiny("bert", tmp_path / "bert")
    edit_config(folder, **changes)
    with pytest.raises(error) as caught:
        dissect(folder, "the checkpoint")
    assert "the checkpoint" in str(caught.value)
    assert str(folder) not in str(caught.value)


def test_the_largest_parts_add_up_and_keep_their_order() -> None:
    modules = (
        Module("m.embed", 60, 1),
        Module("m.layers.*.attn.q", 20, 2),
        Module("m.layers.*.attn.k", 20, 2),
        Module("m.layers.*.mlp", 90, 2),
        Module("m.norm", 1, 1),
        Module("head", 9, 1),
    )
    parts = largest_parts(modules, 5)
    assert [part.name for part in parts] == [
        "m.embed",
        "m.layers.*.attn",
        "m.layers.*.mlp",
        "m.norm",
        "head",
    ]
    assert [part.parameters for part in parts] == [60, 40, 90, 1, 9]
    assert parts[1].layers == 2
    assert len(largest_parts(modules, 6)) == 6
    assert [part.name for part in largest_parts(modules, 1)] == [""]


@pytest.mark.parametrize("kind", ALL_KINDS)
def test_parts_of_real_models_add_up(kind: str, tiny: Callable[..., Path]) -> None:
    found = dissect(tiny(kind), kind)
    for most in (2, 5, 10, 1000):
        parts = largest_parts(found.modules, most)
        assert sum(part.parameters for part in parts) == found.parameters
        assert len(parts) <= most
        assert len({part.name for part in parts}) == len(parts)


def test_a_part_that_has_weights_of_its_own_and_parts_below_is_opened_once() -> None:
    modules = (Module("cls", 5, 1), Module("cls.dense", 7, 1), Module("cls.dense.inner", 3, 1))
    parts = largest_parts(modules, 10)
    assert {part.name: part.parameters for part in parts} == {
        "cls": 5,
        "cls.dense": 7,
        "cls.dense.inner": 3,
    }
