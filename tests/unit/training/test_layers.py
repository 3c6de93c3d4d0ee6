from __future__ import annotations

import pytest
import torch
import transformers

from loupe.training.errors import UnfitModel
from loupe.training.layers import freeze, layer_stacks, reinitialise, set_dropout
from loupe.training.model_building import build

HEADS = {
    "bert": ("AutoModelForMaskedLM", "fill-mask"),
    "gpt2": ("AutoModelForCausalLM", "text-generation"),
    "llama": ("AutoModelForCausalLM", "text-generation"),
    "t5": ("AutoModelForSeq2SeqLM", "translation"),
}
# Of a model with 2 layers, what stays as it was when 1 is frozen.
FROZEN = {
    "bert": ("bert.embeddings.", "bert.encoder.layer.0.", "cls.predictions.decoder.weight"),
    "gpt2": ("transformer.wte.", "transformer.wpe.", "transformer.h.0."),
    "llama": ("model.embed_tokens.", "model.layers.0."),
    "t5": ("shared.", "encoder.block.0.", "decoder.block.0."),
}
LAST = {
    "bert": ("bert.encoder.layer.1.",),
    "gpt2": ("transformer.h.1.",),
    "llama": ("model.layers.1.",),
    "t5": ("encoder.block.1.", "decoder.block.1."),
}


@pytest.fixture
def make(make_spec, places):
    def make(kind, **model):
        auto_class, task = HEADS[kind]
        # Another seed than the checkpoints': T5's fresh layers would equal those that it has.
        spec = make_spec(kind, task, {"seed": 5}, model, max_target_length=32)
        return build(spec, auto_class, None, lambda: (), places).model

    return make


@pytest.mark.parametrize("kind", HEADS)
def test_freezing_rests_exactly_the_embeddings_and_first_layers(kind, make):
    model = make(kind, freeze_layers=1)
    frozen = {name for name, p in model.named_parameters() if not p.requires_grad}
    assert frozen == {n for n, _ in model.named_parameters() if n.startswith(FROZEN[kind])}
    assert any(p.requires_grad for p in model.parameters())


@pytest.mark.parametrize("kind", HEADS)
def test_reinitialising_changes_exactly_the_last_layers(kind, make):
    before, after = make(kind).state_dict(), make(kind, reinit_layers=1).state_dict()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    expected = {name for name in before if name.startswith(LAST[kind])}
    # Norms and biases begin at 1 and 0, and in a random model they still are.
    assert changed <= expected
    assert {n for n in expected if before[n].dim() > 1} <= changed


def test_nothing_asked_is_nothing_done(make):
    model = make("bert")
    assert all(p.requires_grad for p in model.parameters())


def test_more_layers_than_there_are_is_refused(make):
    for field in ("freeze_layers", "reinit_layers"):
        with pytest.raises(UnfitModel, match=f"{field} is 3, but the model has 2"):
            make("bert", **{field: 3})


def test_shared_layers_are_refused():
    config = transformers.AlbertConfig(
        vocab_size=50,
        hidden_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=16,
        embedding_size=8,
    )
    with pytest.raises(UnfitModel, match="Albert"):
        freeze(transformers.AlbertForMaskedLM(config), 1)


def test_stacks_of_an_encoder_and_a_decoder_are_two(make):
    assert [len(stack) for _, stack in layer_stacks(make("t5"))] == [2, 2]
    fresh = make("t5")
    reinitialise(fresh, fresh, 0)


@pytest.mark.parametrize("kind", HEADS)
def test_dropout_reaches_every_kind_of_it(kind, make):
    model = make(kind, dropout=0.37)
    rates = {m.p for m in model.modules() if isinstance(m, torch.nn.Dropout)}
    assert rates <= {0.37}
    none = transformers.BertConfig()
    set_dropout(none, None)
    assert none.hidden_dropout_prob == 0.1
