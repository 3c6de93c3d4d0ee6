"""What the Guide says of the script that everyone starts from is what the libraries answer."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
from datasets import Dataset
from transformers import AutoModelForMaskedLM, AutoTokenizer, Trainer, TrainingArguments

from components.guide.evidence.textbook import FAULTS, SCRIPT
from tests.tiny_models import make_tiny


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    folder = make_tiny("bert", tmp_path_factory.mktemp("bert"))
    return AutoModelForMaskedLM.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)


def arguments(folder: Path) -> TrainingArguments:
    return TrainingArguments(
        str(folder), max_steps=1, report_to="none", use_cpu=True, disable_tqdm=True
    )


def test_the_script_is_python_and_each_fault_is_of_a_line_in_it():
    compile(SCRIPT, "textbook.py", "exec")
    for code, why in FAULTS:
        assert code.partition("…")[0].rstrip(' ,)"') in SCRIPT
        assert why.endswith(".")


def test_the_old_names_are_unknown(tmp_path):
    assert "evaluation_strategy=" in SCRIPT
    with pytest.raises(TypeError, match="evaluation_strategy"):
        TrainingArguments(str(tmp_path), evaluation_strategy="epoch")
    assert "tokenizer=tokenizer" in SCRIPT
    parameters = inspect.signature(Trainer.__init__).parameters
    assert "tokenizer" not in parameters
    assert "processing_class" in parameters
    assert "eval_strategy" in inspect.signature(TrainingArguments.__init__).parameters


def test_texts_are_no_columns_of_the_model(tiny, tmp_path):
    model, _tokenizer = tiny
    texts = Dataset.from_dict({"text": ["The cat sat", "A fox"]})
    trainer = Trainer(model, arguments(tmp_path), train_dataset=texts)
    with pytest.raises(ValueError, match="No columns in the dataset match the model's forward"):
        trainer.train()


def test_tokens_alone_give_no_loss(tiny, tmp_path):
    model, tokenizer = tiny
    rows = Dataset.from_dict(dict(tokenizer(["The cat sat", "The cat sat"])))
    trainer = Trainer(model, arguments(tmp_path), train_dataset=rows)
    with pytest.raises(ValueError, match="did not return a loss"):
        trainer.train()
