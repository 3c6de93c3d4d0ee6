"""What tests of a checkpoint's folder do with it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import transformers

from loupe.checkpoints.loading import load
from loupe.errors import LoupeError

CPU = torch.device("cpu")
MASKED, CAUSAL = "AutoModelForMaskedLM", "AutoModelForCausalLM"
CLASSIFIER, TAGGER = "AutoModelForSequenceClassification", "AutoModelForTokenClassification"


def load_cpu(folder: Path, auto_class: str = MASKED, dtype: torch.dtype = torch.float32):
    return load(folder, auto_class, device=CPU, dtype=dtype, name="the checkpoint")


def refused(kind: type[LoupeError], folder: Path, auto_class: str = MASKED) -> LoupeError:
    """The error of a load, after checking that a person could read and act on it."""
    with pytest.raises(kind) as caught:
        load_cpu(folder, auto_class)
    error = caught.value
    assert type(error) is kind
    assert "the checkpoint" in str(error)
    assert error.remedy
    assert "{" not in str(error)
    assert str(folder) not in str(error), "a path belongs in the detail"
    assert "Traceback" not in str(error)
    return error


def make_sharded(folder: Path) -> Path:
    model = transformers.BertForMaskedLM.from_pretrained(folder)
    (folder / "model.safetensors").unlink()
    model.save_pretrained(folder, max_shard_size="40KB")
    assert len(list(folder.glob("model-*.safetensors"))) > 1
    return folder
