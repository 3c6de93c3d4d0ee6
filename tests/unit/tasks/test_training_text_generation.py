"""What a causal model learns from: each token once, from its own document alone."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForCausalLM, AutoTokenizer

from loupe.data.trainable import Evaluation, PrepareSettings
from loupe.errors import InvalidInput
from loupe.tasks.text_generation.training import CHARACTERS, TRAINABLE
from tests.tiny_models import SENTENCES, make_tiny

# Byte-level BPE without padding or closing tokens; WordPiece and Unigram with their own.
KINDS = ("gpt2", "bert", "t5")
SIZE = 12


@pytest.fixture(scope="module", params=KINDS)
def tokenizer(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("tiny") / request.param
    return AutoTokenizer.from_pretrained(make_tiny(request.param, folder))


@pytest.fixture(scope="module", params=["gpt2", "llama"])
def causal(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = make_tiny(request.param, tmp_path_factory.mktemp("tiny") / request.param)
    model = AutoModelForCausalLM.from_pretrained(folder).eval()
    return model, AutoTokenizer.from_pretrained(folder)


def encode(texts: list[str], tokenizer: Any, size: int = SIZE, *, packing: bool = False) -> Dataset:
    how = PrepareSettings(max_length=size, packing=packing)
    return TRAINABLE.encode(Dataset.from_dict({"text": texts}), tokenizer, how, None)


def documents(texts: list[str], tokenizer: Any) -> list[list[int]]:
    """Ids as the tokenizer gives them, and eos where it gives none."""
    found = []
    for text in texts:
        ids = tokenizer(text).input_ids
        eos = tokenizer.eos_token_id
        found.append(ids if eos is None or ids[-1:] == [eos] else [*ids, eos])
    return found


@settings(max_examples=20, deadline=None)
@given(
    texts=st.lists(st.text(alphabet="abc é你😀.", min_size=2, max_size=60), min_size=1, max_size=4),
    size=st.integers(4, 20),
    packing=st.booleans(),
)
def test_windows_put_together_are_the_documents(
    tokenizer: Any, texts: list[str], size: int, packing: bool
) -> None:
    texts = [text for text in texts if text.strip()] or ["abc"]
    encoded = encode(texts, tokenizer, size, packing=packing)
    expected = [i for ids in documents(texts, tokenizer) for i in ids]
    assert [i for row in encoded for i in row["input_ids"]] == expected
    for row in encoded:
        assert 2 <= row["length"] == len(row["input_ids"]) == len(row["labels"]) <= size


def test_labels_are_the_ids_where_something_comes_before_id_by_id(tokenizer: Any) -> None:
    for row in encode(list(SENTENCES), tokenizer):
        assert row["labels"] == [-100, *row["input_ids"][1:]]
    packed = encode(list(SENTENCES), tokenizer, packing=True)
    firsts = set()
    place = 0
    for ids in documents(list(SENTENCES), tokenizer):
        firsts.add(place)
        place += len(ids)
    place = 0
    for row in packed:
        assert row["position_ids"][0] == 0
        for t, (token, label) in enumerate(zip(row["input_ids"], row["labels"], strict=True)):
            begins = t == 0 or place in firsts
            assert label == (-100 if begins else token)
            assert row["position_ids"][t] == (0 if begins else row["position_ids"][t - 1] + 1)
            place += 1
    assert len(packed) < len(encode(list(SENTENCES), tokenizer))


def test_padding_carries_no_loss_and_a_real_eos_does(tokenizer: Any) -> None:
    rows = list(encode(["The cat.", "A quick brown fox jumps over"], tokenizer, 32))
    batch = TRAINABLE.collator(tokenizer, PrepareSettings(), None)(rows)
    assert set(batch) == {"input_ids", "attention_mask", "labels"}
    for i, row in enumerate(rows):
        n = row["length"]
        assert batch["labels"][i, :n].tolist() == row["labels"]
        assert (batch["labels"][i, n:] == -100).all()
        assert batch["attention_mask"][i].tolist() == [1] * n + [0] * (len(batch["labels"][i]) - n)
        if tokenizer.eos_token_id is not None:
            assert batch["labels"][i, n - 1] == tokenizer.eos_token_id


def test_packed_rows_give_the_loss_of_separate_ones(causal: Any) -> None:
    model, tokenizer = causal
    texts = ["The cat.", "A fox.", "She sells shells.", "Is it?"]
    collate = TRAINABLE.collator(tokenizer, PrepareSettings(packing=True), model)

    def loss(size: int, *, packing: bool) -> tuple[float, int]:
        batch = collate(list(encode(texts, tokenizer, size, packing=packing)))
        assert ("attention_mask" in batch) is not packing
        labels = batch.pop("labels")[:, 1:]
        with torch.no_grad():
            logits = model(**batch, use_cache=False).logits[:, :-1]
        total = torch.nn.functional.cross_entropy(
            logits.flatten(0, 1).double(), labels.flatten(), reduction="sum", ignore_index=-100
        )
        return float(total), int((labels != -100).sum())

    assert len(encode(texts, tokenizer, 64, packing=True)) == 1
    together, count = loss(64, packing=True)
    apart, same_count = loss(64, packing=False)
    assert count == same_count == sum(len(ids) - 1 for ids in documents(texts, tokenizer))
    assert together == pytest.approx(apart, rel=1e-5)
    # Rows that cut documents: each begins anew, and only the cuts are not predicted.
    rows = encode(texts, tokenizer, 8, packing=True)
    begun = sum(list(row["position_ids"]).count(0) for row in rows)
    assert begun > len(texts)
    assert loss(8, packing=True)[1] == count - (begun - len(texts))


def test_documents_packed_into_one_row_do_not_see_each_other(causal: Any) -> None:
    model, tokenizer = causal
    texts = ["It is.", "A cat"]
    (packed,) = encode(texts, tokenizer, 64, packing=True)
    batch = TRAINABLE.collator(tokenizer, PrepareSettings(packing=True), model)([packed])
    batch.pop("labels")
    with torch.no_grad():
        together = model(**batch, use_cache=False).logits[0]
        apart = [
            model(input_ids=torch.tensor([ids]), use_cache=False).logits[0]
            for ids in documents(texts, tokenizer)
        ]
    assert torch.allclose(together, torch.cat(apart), atol=1e-4)


@pytest.mark.parametrize("packing", [False, True])
def test_characters_are_those_of_the_predicted_tokens(tokenizer: Any, packing: bool) -> None:
    texts = ["The cat sat on the mat, 😀 naïve.", "A fox"]
    rows = encode(texts, tokenizer, 8, packing=packing)
    # Brute force: each text's characters, less those of the tokens that nothing predicts.
    tokens = []
    for text in texts:
        encoding = tokenizer(text, return_offsets_mapping=True)
        end = 0
        for offset in encoding.offset_mapping:
            tokens.append(max(0, offset[1] - end))
            end = max(end, offset[1])
        assert end == len(text)
        if len(documents([text], tokenizer)[0]) > len(encoding.input_ids):
            tokens.append(0)
    place = 0
    for row in rows:
        grown = tokens[place : place + row["length"]]
        pairs = zip(grown, row["labels"], strict=True)
        assert row[CHARACTERS] == sum(n for n, label in pairs if label != -100)
        place += row["length"]
    assert 0 < sum(rows[CHARACTERS]) < len("".join(texts))


def test_metrics_count_by_token_and_by_character(tokenizer: Any) -> None:
    numbers = TRAINABLE.metrics(Evaluation(None, [], 20.0, 10, 8), tokenizer, None)
    assert numbers["loss_nats"] == 2.0
    assert numbers["perplexity"] == pytest.approx(math.exp(2.0))
    assert numbers["bits_per_char"] == pytest.approx(20.0 / math.log(2) / 8)
    assert "bits_per_char" not in TRAINABLE.metrics(Evaluation(None, [], 20.0, 10), tokenizer, None)
    assert (
        TRAINABLE.metrics(Evaluation(None, [], 1e5, 1), tokenizer, None)["perplexity"] == math.inf
    )


def test_nothing_left_is_said(tokenizer: Any) -> None:
    with pytest.raises(InvalidInput, match="Nothing is left"):
        encode(["", "\n"], tokenizer)


def test_samples_go_on_greedily_and_stay_within_the_context(causal: Any) -> None:
    model, tokenizer = causal
    model.train()
    how = PrepareSettings(max_length=16)
    long = " ".join(SENTENCES)
    short, cut, empty = TRAINABLE.predict_samples(model, tokenizer, ["The cat", long, ""], how)
    assert model.training
    model.eval()
    ids = tokenizer("The cat", return_tensors="pt").input_ids
    for _ in range(40):
        with torch.no_grad():
            following = model(input_ids=ids).logits[0, -1].argmax()
        if int(following) == tokenizer.eos_token_id:
            break
        ids = torch.cat([ids, following[None, None]], dim=1)
        if ids.shape[1] - len(tokenizer("The cat").input_ids) == 40:
            break
    prompt = len(tokenizer("The cat").input_ids)
    assert short["continuation"] == tokenizer.decode(ids[0, prompt:], skip_special_tokens=True)
    assert long.startswith(cut["input"])
    assert len(tokenizer(cut["input"]).input_ids) <= 16
    assert set(empty) == {"input", "continuation"}
