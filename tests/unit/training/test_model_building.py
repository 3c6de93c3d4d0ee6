from __future__ import annotations

import json
from typing import Any

import pytest
import torch
import transformers

from loupe.checkpoints.loading import load
from loupe.checkpoints.places import Places
from loupe.errors import DamagedCheckpoint, LoupeError, UnsupportedCheckpoint
from loupe.training.errors import UnfitModel
from loupe.training.model_building import Built, build
from loupe.training.spec import FAMILIES, RunSpec, ScratchSpec, TokenizerSpec
from loupe.training.tokenizer_building import SPECIAL_TOKENS, train_tokenizer
from tests.tiny_models import SENTENCES, make_tiny

AUTO_CLASS_OF = {
    "fill-mask": "AutoModelForMaskedLM",
    "text-generation": "AutoModelForCausalLM",
    "translation": "AutoModelForSeq2SeqLM",
    "summarization": "AutoModelForSeq2SeqLM",
    "text-classification": "AutoModelForSequenceClassification",
    "token-classification": "AutoModelForTokenClassification",
}
LABELS = ("a", "b", "c")
PAIRS = [(task, family) for task, families in FAMILIES.items() for family in families]
WANTED: dict[str, Any] = {
    "bert": "wordpiece",
    "gpt2": "bpe",
    "llama": "bpe",
    "t5": "unigram",
    "marian": "unigram",
}


def scratch_spec(make_spec: Any, task: str, family: Any, **more: Any) -> RunSpec:
    scratch = ScratchSpec(
        family=family,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=64,
        **more,
    )
    tokenizer = TokenizerSpec(algorithm=WANTED[family], vocab_size=320)
    model = {"checkpoint": None, "scratch": scratch, "tokenizer": tokenizer, "dropout": None}
    spec: RunSpec = make_spec(task=task, model=model, max_target_length=32)
    return spec


def build_it(spec: RunSpec, places: Places) -> Built:
    labels = LABELS if spec.task.endswith("classification") else None
    return build(spec, AUTO_CLASS_OF[spec.task], labels, lambda: SENTENCES, places)


@pytest.mark.parametrize(("task", "family"), PAIRS)
def test_every_family_begins_from_nothing_and_loads_again(
    task, family, make_spec, places, tmp_path
):
    spec = scratch_spec(make_spec, task, family)
    built = build_it(spec, places)
    built.model.save_pretrained(tmp_path)
    built.tokenizer.save_pretrained(tmp_path)
    model, tokenizer = load(
        tmp_path,
        AUTO_CLASS_OF[task],
        device=torch.device("cpu"),
        dtype=torch.float32,
        name="it",
    )
    for text in SENTENCES:
        assert tokenizer(text)["input_ids"] == built.tokenizer(text)["input_ids"]
    assert tokenizer.special_tokens_map == built.tokenizer.special_tokens_map
    assert model.config.vocab_size == len(tokenizer)
    if task.endswith("classification"):
        assert model.config.id2label == dict(enumerate(LABELS))
    batch = tokenizer(SENTENCES[0], return_tensors="pt")
    if model.config.is_encoder_decoder:
        start = model.config.decoder_start_token_id
        assert start == tokenizer.pad_token_id
        batch["decoder_input_ids"] = torch.tensor([[start]])
    batch.pop("token_type_ids", None)
    with torch.no_grad():
        one, other = model(**batch).logits, built.model.eval()(**batch).logits
    assert torch.allclose(one, other)


def test_generation_from_a_scratch_model_ends(make_spec, places):
    for task, family in (("text-generation", "llama"), ("translation", "marian")):
        built = build_it(scratch_spec(make_spec, task, family), places)
        batch = built.tokenizer("The cat", return_tensors="pt", return_token_type_ids=False)
        out = built.model.generate(**batch, max_new_tokens=5, do_sample=False)
        assert out.shape[1] <= batch["input_ids"].shape[1] + 5


def test_the_seed_of_the_weights_is_their_own(make_spec, places):
    def weights(seed: int) -> Any:
        spec = scratch_spec(make_spec, "fill-mask", "bert", seed=seed)
        return build_it(spec, places).model.state_dict()["bert.embeddings.word_embeddings.weight"]

    torch.manual_seed(11)
    expected = torch.rand(3)
    torch.manual_seed(11)
    first = weights(1)
    assert torch.equal(torch.rand(3), expected), "the run's random state was touched"
    assert torch.equal(first, weights(1))
    assert not torch.equal(first, weights(2))


def test_a_new_head_is_the_same_in_every_process(make_spec, places):
    spec = make_spec("bert", "text-classification")
    torch.manual_seed(3)
    one = build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)
    torch.manual_seed(4)
    other = build(spec, "AutoModelForSequenceClassification", LABELS, lambda: (), places)
    assert one.new_modules == ("bert.pooler", "classifier")
    assert torch.equal(one.model.classifier.weight, other.model.classifier.weight)


def test_a_head_for_other_labels_is_made_anew(make_spec, places, tiny):
    auto_class = "AutoModelForSequenceClassification"
    if not (tiny / "three").exists():
        make_tiny("bert", tiny / "three", auto_class=auto_class)
    spec = make_spec("three", "text-classification")
    same = build(spec, auto_class, LABELS, lambda: (), places)
    assert same.new_modules == ()
    two = build(spec, auto_class, LABELS[:2], lambda: (), places)
    assert two.new_modules == ("classifier",)
    assert two.model.classifier.out_features == 2
    assert two.model.config.problem_type == "single_label_classification"


def test_weights_that_are_missing_below_the_head_are_no_new_head(make_spec, places, tiny):
    broken = tiny / "broken"
    if not broken.exists():
        make_tiny("bert", broken)
        from safetensors.torch import load_file, save_file

        weights = load_file(broken / "model.safetensors")
        weights = {name: value for name, value in weights.items() if ".layer.1." not in name}
        save_file(weights, broken / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(DamagedCheckpoint, match=r"layer\.1"):
        build(make_spec("broken", "fill-mask"), "AutoModelForMaskedLM", None, lambda: (), places)


def test_a_longer_text_than_the_model_reads_is_refused(make_spec, places):
    spec = make_spec().model_copy(update={"max_length": 65})
    with pytest.raises(UnfitModel, match="max_length is 65 tokens, but the model reads 64"):
        build(spec, "AutoModelForCausalLM", None, lambda: (), places)


def test_an_architecture_that_does_not_do_the_task_is_refused(make_spec, places):
    spec = make_spec("gpt2", "fill-mask")
    with pytest.raises(UnsupportedCheckpoint, match="does not do filling masks"):
        build(spec, "AutoModelForMaskedLM", None, lambda: (), places)


def test_an_adapter_is_no_base(make_spec, places, tiny):
    folder = tiny / "adapter"
    if not folder.exists():
        make_tiny("bert", folder)
        (folder / "adapter_config.json").write_text(json.dumps({}))
    with pytest.raises(LoupeError):
        build(make_spec("adapter", "fill-mask"), "AutoModelForMaskedLM", None, lambda: (), places)


def test_a_model_without_padding_gets_some(make_spec, places):
    built = build(make_spec("gpt2"), "AutoModelForCausalLM", None, lambda: (), places)
    assert built.tokenizer.pad_token_id is not None
    assert built.model.config.pad_token_id == built.tokenizer.pad_token_id


def test_a_llamas_inner_layer_has_as_many_weights_as_others(make_spec, places):
    spec = scratch_spec(make_spec, "text-generation", "llama")
    assert build_it(spec, places).model.config.intermediate_size == 128


@pytest.mark.parametrize("family", SPECIAL_TOKENS)
@pytest.mark.parametrize("algorithm", ["wordpiece", "bpe", "unigram"])
def test_a_trained_tokenizer_has_what_the_family_expects(family, algorithm):
    spec = TokenizerSpec(algorithm=algorithm, vocab_size=320)
    tokenizer = train_tokenizer(spec, family, SENTENCES, 64)
    assert len(tokenizer) <= 320
    ids = [tokenizer.convert_tokens_to_ids(t) for t in SPECIAL_TOKENS[family].tokens]
    assert ids == list(range(len(ids)))
    text = "the cat sleeps on the mat"
    encoded = tokenizer(text)["input_ids"]
    assert tokenizer.decode(encoded, skip_special_tokens=True).strip() == text
    if family == "bert":
        assert (encoded[0], encoded[-1]) == (tokenizer.cls_token_id, tokenizer.sep_token_id)
        assert tokenizer.mask_token_id == 4
    elif family in ("t5", "marian"):
        assert encoded[-1] == tokenizer.eos_token_id
        assert tokenizer.eos_token_id not in encoded[:-1]
    else:
        assert not set(encoded) & set(tokenizer.all_special_ids)
    again = train_tokenizer(spec, family, SENTENCES, 64)
    assert again.get_vocab() == tokenizer.get_vocab()


def test_bytes_that_the_texts_lack_can_still_be_written():
    spec = TokenizerSpec(algorithm="bpe", vocab_size=300)
    tokenizer = train_tokenizer(spec, "gpt2", ["only ascii"], 64)
    assert tokenizer.decode(tokenizer("茶 👍🏽")["input_ids"]) == "茶 👍🏽"


def test_lower_case_is_lower_case():
    spec = TokenizerSpec(algorithm="wordpiece", vocab_size=320, lowercase=True)
    tokenizer = train_tokenizer(spec, "bert", SENTENCES, 64)
    assert tokenizer("THE CAT")["input_ids"] == tokenizer("the cat")["input_ids"]


def test_no_text_is_no_tokenizer():
    with pytest.raises(LoupeError, match="no text to train"):
        train_tokenizer(TokenizerSpec(), "bert", ["", "  "], 64)


def test_the_tokenizer_of_a_checkpoint_is_taken_as_it_is(make_spec, places, tiny):
    model = {
        "checkpoint": None,
        "scratch": ScratchSpec(
            family="bert", hidden_size=32, num_attention_heads=2, max_position_embeddings=64
        ),
        "tokenizer": TokenizerSpec(checkpoint=f"folder:{tiny / 'bert'}"),
    }
    spec = make_spec(task="fill-mask", model=model)
    built = build(spec, "AutoModelForMaskedLM", None, lambda: pytest.fail("read"), places)
    assert isinstance(built.model, transformers.BertForMaskedLM)
    assert len(built.tokenizer) == built.model.config.vocab_size
