"""The field's most copied first script fails as it is usually written, and how."""

from __future__ import annotations

import pytest
from datasets import Dataset
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    Trainer,
    TrainingArguments,
)

from tests.tiny_models import SENTENCES


@pytest.fixture
def parts(tiny, tmp_path):
    arguments = TrainingArguments(
        output_dir=str(tmp_path),
        num_train_epochs=1,
        per_device_train_batch_size=16,
        save_steps=10,
        save_total_limit=2,
        use_cpu=True,
        dataloader_pin_memory=False,
        disable_tqdm=True,
    )
    model = AutoModelForMaskedLM.from_pretrained(tiny / "bert")
    return model, arguments, AutoTokenizer.from_pretrained(tiny / "bert")


@pytest.fixture
def raw():
    return Dataset.from_dict({"text": list(SENTENCES)})


def test_raw_text_without_a_collator_fails(parts, raw):
    model, arguments, _ = parts
    with pytest.raises(ValueError, match="No columns in the dataset match"):
        Trainer(model, arguments, train_dataset=raw).train()


def test_tokens_without_labels_fail(parts, raw):
    model, arguments, tokenizer = parts
    tokens = raw.map(lambda row: tokenizer(row["text"], padding="max_length", max_length=64))
    with pytest.raises(ValueError, match="did not return a loss"):
        Trainer(model, arguments, train_dataset=tokens).train()


def test_names_of_older_versions_fail():
    for name in ("evaluation_strategy", "warmup_ratio", "overwrite_output_dir", "group_by_length"):
        with pytest.raises(TypeError, match=name):
            TrainingArguments(output_dir="x", **{name: "x"})


def test_with_a_collator_it_runs(parts, raw):
    model, arguments, tokenizer = parts
    tokens = raw.map(lambda row: tokenizer(row["text"], truncation=True, max_length=64))
    collate = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.3, seed=0)
    done = Trainer(model, arguments, collate, train_dataset=tokens).train()
    assert done.global_step == 1
