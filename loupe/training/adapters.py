"""LoRA adapters: made and saved so that they load again, anywhere, with their labels.

What their folder holds says loupe.checkpoints.adapters, which loads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from torch import nn

from loupe.checkpoints.adapters import Base, peft_of_today, write_base
from loupe.training.errors import UnfitModel
from loupe.training.spec import LoraSpec

_PEFT_TASKS = {
    "AutoModelForCausalLM": "CAUSAL_LM",
    "AutoModelForSeq2SeqLM": "SEQ_2_SEQ_LM",
    "AutoModelForSequenceClassification": "SEQ_CLS",
    "AutoModelForTokenClassification": "TOKEN_CLS",
}


def add_lora(
    model: Any, spec: LoraSpec, auto_class: str, new_modules: Iterable[str], base: Base
) -> Any:
    """Wrap a model so that only low-rank changes and its new modules are trained.

    new_modules: those that the base's files do not hold. All of them are saved with the adapter:
    else they would come back with other random weights at each load.
    Raises UnfitModel where a target module is not there. Source: Hu et al. 2021, arXiv 2106.09685.
    """
    from peft import LoraConfig, get_peft_model
    from transformers.pytorch_utils import Conv1D

    config = LoraConfig(
        task_type=_PEFT_TASKS.get(auto_class),
        r=spec.r,
        lora_alpha=spec.lora_alpha,
        lora_dropout=spec.lora_dropout,
        target_modules=list(spec.target_modules) if spec.target_modules else None,
        modules_to_save=sorted(new_modules) or None,
        fan_in_fan_out=any(isinstance(module, Conv1D) for module in model.modules()),
    )
    try:
        with peft_of_today():
            wrapped = get_peft_model(model, config)
    except ValueError as error:
        raise UnfitModel(
            "model.lora.target_modules: adapters cannot be put there in a {model}.",
            "Name some of its linear layers, such as {examples}.",
            model=type(model).__name__,
            examples=", ".join(_linear_names(model)),
            detail=str(error),
        ) from error
    # peft asks the model hub about a base that is named like a repository; a reference is not.
    wrapped.active_peft_config.base_model_name_or_path = base.ref
    return wrapped


def save_adapter(model: Any, folder: Path, base: Base) -> None:
    """Write the adapter, its configuration with the labels, and what it belongs to."""
    # "auto" would look the base up on the model hub.
    model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # peft's empty model card
    whole = model.get_base_model()
    # The base's own may have another head; this is what the two are together.
    whole.config.architectures = [type(whole).__name__]
    whole.config.save_pretrained(folder)
    write_base(folder, base)


def _linear_names(model: Any) -> list[str]:
    names = (
        name.rpartition(".")[2]
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and ".layer" in f".{name}"
    )
    return sorted(set(names))[:6] or ["—"]
