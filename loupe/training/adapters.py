"""LoRA adapters: made so that they load again, anywhere, with their labels.

Beside peft's own files an adapter's folder holds config.json (with the labels) and base.json: the
base checkpoint as a reference and a digest of its weights, since the path that peft writes breaks
when a folder moves.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torch import nn

from loupe.checkpoints.places import Places
from loupe.checkpoints.ref import CheckpointRef
from loupe.checkpoints.resolve import resolve
from loupe.checkpoints.weights import weights_digest
from loupe.errors import DamagedCheckpoint, LoupeError
from loupe.training.errors import UnfitModel
from loupe.training.spec import LoraSpec

BASE_NAME = "base.json"
SCHEMA_VERSION = 1

_PEFT_TASKS = {
    "AutoModelForCausalLM": "CAUSAL_LM",
    "AutoModelForSeq2SeqLM": "SEQ_2_SEQ_LM",
    "AutoModelForSequenceClassification": "SEQ_CLS",
    "AutoModelForTokenClassification": "TOKEN_CLS",
}


@dataclass(frozen=True, slots=True)
class Base:
    """What an adapter changes. ref: a checkpoint's name. digest: of its weights."""

    ref: str
    digest: str
    auto_class: str


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
        with _peft_of_today():
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


@contextmanager
def _peft_of_today() -> Iterator[None]:
    """peft 0.21 still asks transformers by a name that is to go; nobody here can change that."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated")
        yield


def save_adapter(model: Any, folder: Path, base: Base) -> None:
    """Write the adapter, its configuration with the labels, and what it belongs to."""
    # "auto" would look the base up on the model hub.
    model.save_pretrained(folder, save_embedding_layers=False)
    (folder / "README.md").unlink(missing_ok=True)  # peft's empty model card
    model.get_base_model().config.save_pretrained(folder)
    record = {"schema_version": SCHEMA_VERSION, **asdict(base)}
    (folder / BASE_NAME).write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def read_base(folder: Path) -> Base:
    """Which base an adapter's folder names. Raises DamagedCheckpoint."""
    try:
        record = json.loads((folder / BASE_NAME).read_text("utf-8"))
        return Base(record["ref"], record["digest"], record["auto_class"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DamagedCheckpoint(
            "The adapter in “{name}” does not say which checkpoint it belongs to ({file}).",
            "Copy the whole folder again.",
            name=folder.name,
            file=BASE_NAME,
            detail=str(error),
        ) from error


def load_adapter(folder: Path, places: Places) -> tuple[Any, Any]:
    """An adapter on its base as a model in float32 and evaluation mode, and the tokenizer.

    Raises DamagedCheckpoint where the base is not the one it was trained on, and as `resolve`.
    """
    import transformers
    from peft import PeftModel

    from loupe.training.model_building import load_pretrained

    base = read_base(folder)
    base_folder = resolve(CheckpointRef.parse(base.ref), places).folder
    check_base(base, base_folder, folder.name)
    config = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
    loaded = load_pretrained(base_folder, base.auto_class, config, base.ref)
    with _peft_of_today():
        model = PeftModel.from_pretrained(loaded.model, str(folder), is_trainable=False)
    missing = [name for name in loaded.new_modules if not _is_saved(model, name)]
    if missing:
        raise DamagedCheckpoint(
            "The adapter in “{name}” lacks weights that its base has not either ({first}).",
            "Train it again: what was saved cannot be completed.",
            name=folder.name,
            first=missing[0],
        )
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return model.eval(), tokenizer


def check_base(base: Base, base_folder: Path, name: str) -> None:
    """Raises DamagedCheckpoint where the base's weights are not those of the training."""
    try:
        digest = weights_digest(base_folder)
    except LoupeError:
        digest = ""
    if digest != base.digest:
        raise DamagedCheckpoint(
            "The adapter “{name}” was trained on other weights of {base} than those that are here.",
            "Fetch the revision of {base} that it was trained on, or train it again.",
            name=name,
            base=base.ref,
        )


def _is_saved(model: Any, name: str) -> bool:
    from peft.utils.other import ModulesToSaveWrapper

    path = f"base_model.model.{name}"
    return any(
        isinstance(module, ModulesToSaveWrapper) and (path == key or path.startswith(f"{key}."))
        for key, module in model.named_modules()
    )


def _linear_names(model: Any) -> list[str]:
    names = (
        name.rpartition(".")[2]
        for name, module in model.named_modules()
        if isinstance(module, nn.Linear) and ".layer" in f".{name}"
    )
    return sorted(set(names))[:6] or ["—"]
