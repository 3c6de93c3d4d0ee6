"""What a masked model learns from: nothing lost, the right tokens hidden, alike each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from datasets import Dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from transformers import AutoModelForMaskedLM, AutoTokenizer, DataCollatorForLanguageModeling

from loupe.data.masking import fix_masks
from loupe.data.trainable import Evaluation, PrepareSettings
from loupe.errors import InvalidInput, UnsupportedCheckpoint
from loupe.tasks.fill_mask.training import TRAINABLE
from tests.tiny_models import SENTENCES, make_tiny

KINDS = ("bert", "roberta", "xlm-roberta")  # WordPiece, byte-level BPE, Unigram
SETTINGS = PrepareSettings(max_length=12, seed=3)


@pytest.fixture(scope="module", params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_tiny(request.param, tmp_path_factory.mktemp("tiny") / request.param)


@pytest.fixture(scope="module")
def tokenizer(folder: Path) -> Any:
    return AutoTokenizer.from_pretrained(folder)


@pytest.fixture(scope="module")
def model(folder: Path) -> Any:
    return AutoModelForMaskedLM.from_pretrained(folder)


def encode(texts: list[str], tokenizer: Any, how: PrepareSettings = SETTINGS) -> Dataset:
    return TRAINABLE.encode(Dataset.from_dict({"text": texts}), tokenizer, how, None)


def text_ids(example: dict[str, Any]) -> list[int]:
    flags = zip(example["input_ids"], example["special_tokens_mask"], strict=True)
    return [token for token, special in flags if not special]


def test_windows_hold_every_token_once_between_special_tokens(tokenizer: Any) -> None:
    encoded = encode(list(SENTENCES), tokenizer)
    expected = [
        i for text in SENTENCES for i in tokenizer(text, add_special_tokens=False).input_ids
    ]
    assert [i for example in encoded for i in text_ids(example)] == expected
    first, last = tokenizer("a").input_ids[0], tokenizer("a").input_ids[-1]
    for example in encoded:
        assert example["length"] == len(example["input_ids"]) <= SETTINGS.max_length
        assert (example["input_ids"][0], example["input_ids"][-1]) == (first, last)
        assert example["special_tokens_mask"] == [1, *[0] * (example["length"] - 2), 1]
        assert example["attention_mask"] == [1] * example["length"]


@settings(max_examples=20, deadline=None)
@given(
    texts=st.lists(st.text(alphabet="abc é你😀.", max_size=60), min_size=1, max_size=4),
    size=st.integers(4, 20),
)
def test_no_text_is_lost_by_windowing(tokenizer: Any, texts: list[str], size: int) -> None:
    expected = [
        i
        for text in texts
        if text.strip()
        for i in tokenizer(text, add_special_tokens=False).input_ids
    ]
    try:
        encoded = encode(texts, tokenizer, PrepareSettings(max_length=size))
    except InvalidInput:
        assert not expected
        return
    assert [i for example in encoded for i in text_ids(example)] == expected


def test_a_short_text_is_one_example_as_the_tokenizer_has_it(tokenizer: Any) -> None:
    encoded = encode(["The cat.", "  ", "A fox."], tokenizer)
    assert encoded["input_ids"][:] == tokenizer(["The cat.", "A fox."]).input_ids


def test_masks_in_training_are_the_librarys(tokenizer: Any) -> None:
    encoded = encode(list(SENTENCES), tokenizer)
    collate = TRAINABLE.collator(tokenizer, SETTINGS, None)
    theirs = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15, seed=SETTINGS.seed)
    columns = ("input_ids", "attention_mask", "special_tokens_mask")
    for start in (0, 8):
        rows = list(encoded.select(range(start, start + 8)))
        batch, expected = collate(rows), theirs([{c: row[c] for c in columns} for row in rows])
        assert set(batch) == {"input_ids", "attention_mask", "labels"}
        for name in batch:
            assert torch.equal(batch[name], expected[name])


def test_loss_is_carried_by_hidden_tokens_alone_id_by_id(tokenizer: Any) -> None:
    encoded = encode(list(SENTENCES), tokenizer)
    how = PrepareSettings(mlm_probability=0.5, mask_replace_prob=1.0, random_replace_prob=0.0)
    batch = TRAINABLE.collator(tokenizer, how, None)(list(encoded))
    assert batch["input_ids"].shape[1] == max(encoded["length"])
    for i, example in enumerate(encoded):
        for t in range(batch["input_ids"].shape[1]):
            shown, label = int(batch["input_ids"][i, t]), int(batch["labels"][i, t])
            if t >= example["length"]:
                assert (shown, label) == (tokenizer.pad_token_id, -100)
                assert batch["attention_mask"][i, t] == 0
            elif label == -100:
                assert shown == example["input_ids"][t]
            else:
                assert label == example["input_ids"][t]
                assert shown == tokenizer.mask_token_id
                assert not example["special_tokens_mask"][t]
    share = float((batch["labels"] != -100).sum()) / sum(len(text_ids(e)) for e in encoded)
    assert 0.4 < share < 0.6


def test_held_out_masks_are_the_same_at_every_call_in_every_batch(
    tokenizer: Any, model: Any
) -> None:
    encoded = encode(list(SENTENCES), tokenizer)
    rows = list(encoded)
    collate = TRAINABLE.collator(tokenizer, SETTINGS, model)
    model.eval()
    once = collate(rows[:4])
    collate(rows[4:])
    torch.randn(3)
    again = collate(rows[:4])
    for name in once:
        assert torch.equal(once[name], again[name])
    alone = TRAINABLE.collator(tokenizer, SETTINGS, model)([rows[2]])
    length = rows[2]["length"]
    assert torch.equal(alone["labels"][0], once["labels"][2, :length])
    assert torch.equal(alone["input_ids"][0], once["input_ids"][2, :length])
    other = TRAINABLE.collator(tokenizer, PrepareSettings(seed=4), model)(rows)
    assert not torch.equal(other["labels"], collate(rows)["labels"])
    # A model that trains gets others each time.
    model.train()
    assert not torch.equal(collate(rows)["labels"], collate(rows)["labels"])


def test_masks_that_are_written_down_are_those_of_evaluation(tokenizer: Any, model: Any) -> None:
    encoded = encode(list(SENTENCES), tokenizer)
    fixed = fix_masks(encoded, tokenizer, SETTINGS)
    model.eval()
    expected = TRAINABLE.collator(tokenizer, SETTINGS, model)(list(encoded))
    model.train()
    given = TRAINABLE.collator(tokenizer, SETTINGS, model)(list(fixed))
    for name in expected:
        assert torch.equal(given[name], expected[name])


def test_there_is_always_something_to_guess(tokenizer: Any, model: Any) -> None:
    how = PrepareSettings(mlm_probability=1e-9)
    rows = list(encode(["The cat.", "A fox."], tokenizer))
    model.train()
    assert (TRAINABLE.collator(tokenizer, how, model)(rows)["labels"] != -100).sum() == 1
    model.eval()
    held_out = TRAINABLE.collator(tokenizer, how, model)(rows)
    assert (held_out["labels"] != -100).sum(1).tolist() == [1, 1]
    hidden = held_out["labels"] != -100
    assert (held_out["input_ids"][hidden] == tokenizer.mask_token_id).all()


def test_columns_that_trainer_drops_are_not_missed(tokenizer: Any, model: Any) -> None:
    rows = list(encode(list(SENTENCES), tokenizer))
    few = [{name: row[name] for name in ("input_ids", "attention_mask")} for row in rows]
    model.eval()
    collate = TRAINABLE.collator(tokenizer, SETTINGS, model)
    assert torch.equal(collate(few)["labels"], collate(rows)["labels"])


def test_nothing_left_no_room_and_no_mask_are_said(tokenizer: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Nothing is left of the 2 rows"):
        encode(["", " \n"], tokenizer)
    with pytest.raises(InvalidInput, match="leaves no room"):
        encode(["a"], tokenizer, PrepareSettings(max_length=2))
    gpt2 = AutoTokenizer.from_pretrained(make_tiny("gpt2", tmp_path / "gpt2"))
    with pytest.raises(UnsupportedCheckpoint, match="no mask token"):
        encode(["a"], gpt2)


def test_metrics_are_the_mean_loss_and_its_exponential(tokenizer: Any) -> None:
    numbers = TRAINABLE.metrics(Evaluation(None, [], 6.0, 3), tokenizer, None)
    assert numbers == {"loss_nats": 2.0, "exp_loss": pytest.approx(7.389056098930650)}
    best = TRAINABLE.best_metric(None, None)
    assert best.name in numbers
    assert not best.greater_is_better


def test_samples_are_the_models_own_probabilities(tokenizer: Any, model: Any) -> None:
    model.train()
    written = f"The cat sat on the {tokenizer.mask_token}."
    same = "The cat sat on the ___."
    first, second, plain = TRAINABLE.predict_samples(
        model, tokenizer, [written, same, "The quick fox."], PrepareSettings()
    )
    assert model.training
    assert first["masks"] == second["masks"]
    model.eval()
    with torch.no_grad():
        batch = tokenizer(written, return_tensors="pt")
        logits = model(**batch).logits[batch["input_ids"] == tokenizer.mask_token_id][0]
    values, ids = logits.softmax(-1).topk(5)
    top = first["masks"][0]["top"]
    assert [entry["token"] for entry in top] == [tokenizer.decode([i]) for i in ids.tolist()]
    assert [entry["probability"] for entry in top] == pytest.approx(values.tolist(), rel=1e-5)
    # A text without a mask gets one, and what it hides is told.
    assert len(plain["masks"]) == 1
    assert plain["masks"][0]["expected"]
    assert tokenizer.mask_token in plain["shown"]


def test_a_sample_keeps_as_much_of_a_long_input_as_a_window_holds(
    tokenizer: Any, model: Any
) -> None:
    long = " ".join(SENTENCES)
    (sample,) = TRAINABLE.predict_samples(model, tokenizer, [long], SETTINGS)
    assert 0 < len(sample["input"]) < len(long)
    assert len(sample["masks"]) == 1
