"""A tokenizer without its weights is the one that the model would have come with."""

from __future__ import annotations

from pathlib import Path

import pytest

from loupe.checkpoints.resolve import ResolvedCheckpoint
from loupe.checkpoints.tokenizer_alone import TokenizerAlone, load_tokenizer_alone
from loupe.errors import CheckpointNotFound, MissingTokenizer
from tests.tiny_models import POSITIONS, make_tiny
from tests.unit.checkpoints.folders import load_cpu
from tests.unit.checkpoints.test_gguf_weights import make_gguf

TEXT = "The capital of France is Paris, and 我喜欢喝茶。"


def load_alone(folder: Path) -> TokenizerAlone:
    return load_tokenizer_alone(ResolvedCheckpoint(folder, None, ()), "the checkpoint")


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
@pytest.mark.parametrize("kind", ["bert", "roberta", "gpt2", "t5", "marian"])
def test_it_is_the_checkpoints_own_though_the_weights_are_gone(kind: str, tmp_path: Path) -> None:
    folder = make_tiny(kind, tmp_path / kind)
    from transformers import AutoTokenizer

    expected = AutoTokenizer.from_pretrained(folder)(TEXT)["input_ids"]
    (folder / "model.safetensors").unlink()
    alone = load_alone(folder)
    assert alone.tokenizer(TEXT)["input_ids"] == expected
    assert alone.limit == (None if kind == "t5" else POSITIONS)
    assert load_alone(folder).tokenizer is not alone.tokenizer


def test_a_gguf_files_tokenizer_is_the_one_of_its_model(tmp_path: Path) -> None:
    file = make_gguf(tmp_path)
    _, expected = load_cpu(file, "AutoModelForCausalLM")
    alone = load_alone(file)
    assert alone.tokenizer(TEXT)["input_ids"] == expected(TEXT)["input_ids"]
    assert alone.limit == POSITIONS


def test_what_is_missing_is_said(bert: Path) -> None:
    for file in bert.glob("*token*"):
        file.unlink()
    (bert / "vocab.txt").unlink(missing_ok=True)
    with pytest.raises(MissingTokenizer):
        load_alone(bert)
    (bert / "config.json").unlink()
    with pytest.raises(CheckpointNotFound):
        load_alone(bert)
