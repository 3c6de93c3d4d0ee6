"""A checkpoint is loaded with a head that its weights have, and with no other."""

from __future__ import annotations

import pytest
import transformers

from loupe.checkpoints.loading import AUTO_CLASSES
from loupe.errors import WrongHead
from tests.tiny_models import make_tiny
from tests.unit.checkpoints.folders import CAUSAL, CLASSIFIER, TAGGER, load_cpu, refused


def test_every_auto_class_in_the_dict_is_that_class():
    for name, get in AUTO_CLASSES.items():
        assert get().__name__ == name


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
