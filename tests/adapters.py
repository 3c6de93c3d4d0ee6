"""A tiny LoRA adapter, loaded as the engine would."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import torch

from loupe.checkpoints.adapters import Base
from loupe.checkpoints.loading import weights_digest
from loupe.engine.loaded import LoadedModel
from loupe.training.adapters import add_lora, save_adapter
from loupe.training.spec import LoraSpec
from tests.loaded import load_folder
from tests.tiny_models import make_tiny

_NEW = {
    "AutoModelForMaskedLM": [],
    "AutoModelForSequenceClassification": ["classifier", "pooler"],
    "AutoModelForTokenClassification": ["classifier"],
}


def load_tiny_adapter(
    auto_class: str, folder: Path, labels: Sequence[str] = ()
) -> tuple[LoadedModel, Path]:
    """An adapter on a masked BERT, moved after it was saved, and the folder of its base.

    labels: of its new head; none for masked language modelling.
    """
    import transformers

    base_folder = make_tiny("bert", folder / "base")
    options = {"id2label": dict(enumerate(labels))} if labels else {}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(1)
        model = getattr(transformers, auto_class).from_pretrained(base_folder, **options)
        base = Base(f"folder:{base_folder}", weights_digest(base_folder), auto_class)
        wrapped = add_lora(model, LoraSpec(), auto_class, _NEW[auto_class], base)
        for name, parameter in wrapped.named_parameters():
            if "lora" in name or "modules_to_save" in name:
                parameter.data.normal_(0, 0.5)
    save_adapter(wrapped, folder / "saved", base)
    transformers.AutoTokenizer.from_pretrained(base_folder).save_pretrained(folder / "saved")
    moved = Path(shutil.move(folder / "saved", folder / "moved"))
    return load_folder(moved, auto_class, base_folder), base_folder
