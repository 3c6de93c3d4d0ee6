"""The positions that carry loss are those of the code that trains."""

from __future__ import annotations

import pytest

from loupe.training.loss_view import loss_view
from tests.loaded import load_folder
from tests.tiny_models import make_tiny

TEXT = "The cat sat on the mat"


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_masked_model_is_judged_where_tokens_are_hidden(tmp_path, seed):
    loaded = load_folder(make_tiny("bert", tmp_path), "AutoModelForMaskedLM")
    view = loss_view(loaded, "fill-mask", TEXT, seed=seed)
    own = loaded.tokenizer.convert_ids_to_tokens(loaded.tokenizer(TEXT)["input_ids"])
    assert len(view.positions) == len(own)
    for position, token in zip(view.positions, own, strict=True):
        assert position.answers in (None, token)
        if position.answers is None:
            assert position.reads == token
    assert view.positions[0].answers is None, "special tokens are never hidden"
    assert view == loss_view(loaded, "fill-mask", TEXT, seed=seed)


def test_a_causal_model_is_judged_at_every_token_by_the_next(tmp_path):
    loaded = load_folder(make_tiny("gpt2", tmp_path), "AutoModelForCausalLM")
    view = loss_view(loaded, "text-generation", TEXT)
    own = loaded.tokenizer.convert_ids_to_tokens(loaded.tokenizer(TEXT)["input_ids"])
    assert [one.reads for one in view.positions][: len(own)] == own
    answers = [one.answers for one in view.positions]
    assert answers[: len(own) - 1] == own[1:]
    assert answers[-1] == loaded.tokenizer.eos_token
    assert view.judged == len(view.positions)
    assert view.encoder == ()


def test_of_two_texts_only_the_target_is_judged(tmp_path):
    loaded = load_folder(make_tiny("t5", tmp_path), "AutoModelForSeq2SeqLM")
    view = loss_view(loaded, "translation", TEXT, "A cat")
    own = loaded.tokenizer.convert_ids_to_tokens(loaded.tokenizer("A cat")["input_ids"])
    assert [one.answers for one in view.positions] == own
    assert [one.reads for one in view.positions][1:] == own[:-1]
    assert list(view.encoder) == loaded.tokenizer.convert_ids_to_tokens(
        loaded.tokenizer(TEXT)["input_ids"]
    )
