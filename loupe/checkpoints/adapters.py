"""LoRA adapters: changes to a base checkpoint, loaded onto it with their labels.

An adapter's folder holds peft's files, config.json (with the labels) and base.json: the base as a
reference and a digest of its weights, since the path that peft writes breaks when a folder moves.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from loupe.checkpoints.complaints import cut_short, listed
from loupe.checkpoints.configs import CONFIG_NAME, parse_config, read_config
from loupe.checkpoints.heads import AUTO_CLASSES, check_head, wrong_head
from loupe.checkpoints.pretrained import read_model
from loupe.checkpoints.tokenizers import load_tokenizer
from loupe.checkpoints.weights import (
    ADAPTER_NAME,
    ADAPTER_WEIGHTS_NAME,
    damaged,
    is_adapter,
    read_header,
    weight_files,
    weights_digest,
)
from loupe.errors import DamagedCheckpoint, LoupeError, UnsupportedCheckpoint

__all__ = [
    "BASE_NAME",
    "Base",
    "check_base",
    "is_adapter",
    "load_adapter",
    "peft_of_today",
    "read_base",
    "write_base",
]

BASE_NAME = "base.json"
SCHEMA_VERSION = 1
RECORD_LIMIT_BYTES = 1_000_000
# What peft puts before the names of the base's modules.
_PEFT_PREFIX = "base_model.model."


@dataclass(frozen=True, slots=True)
class Base:
    """What an adapter changes. ref: a checkpoint's name. digest: of its weights.

    auto_class: of the head that the adapter was trained with.
    """

    ref: str
    digest: str
    auto_class: str


def write_base(folder: Path, base: Base) -> None:
    """Write base.json."""
    record = {"schema_version": SCHEMA_VERSION, **asdict(base)}
    (folder / BASE_NAME).write_text(json.dumps(record, indent=1) + "\n", "utf-8")


def read_base(folder: Path, name: str | None = None) -> Base:
    """Which base an adapter's folder names.

    Raises UnsupportedCheckpoint for an adapter that something else made, DamagedCheckpoint.
    """
    name = name or folder.name
    path = folder / BASE_NAME
    if not path.is_file():
        raise UnsupportedCheckpoint(
            "“{name}” is an adapter (such as LoRA) that does not say which checkpoint it changes, "
            "in the way that Loupe writes it ({file}).",
            "Merge it into its base model and save the result, then choose that folder.",
            name=name,
            file=BASE_NAME,
        )
    try:
        record = _read_small(path)
        base = Base(str(record["ref"]), str(record["digest"]), str(record["auto_class"]))
        if base.auto_class not in AUTO_CLASSES:
            raise ValueError(f"auto_class {base.auto_class}")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(name, BASE_NAME, f"{type(error).__name__}: {error}") from error
    return base


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


def load_adapter(
    folder: Path, base_folder: Path | None, auto_class: str, name: str
) -> tuple[Any, Any]:
    """An adapter merged into its base as a model of transformers in float32, and the tokenizer.

    base_folder: as `resolve` found it by base.json.
    Raises WrongHead where it was trained for another task, DamagedCheckpoint where the base is not
    the one of the training or weights are missing, UnsupportedCheckpoint.
    """
    base = read_base(folder, name)
    raw = read_config(folder, name)
    if base.auto_class != auto_class:
        raise wrong_head(raw, auto_class, name)
    assert base_folder is not None, "resolve() names the base of every adapter"
    check_base(base, base_folder, name)
    _check_kind(folder, name)
    config = parse_config(folder, raw, name)
    check_head(config, raw, auto_class, name)
    stored = {t.name for file in weight_files(folder, name) for t in read_header(file, name)}
    for file in weight_files(base_folder, base.ref):
        read_header(file, base.ref)
    tokenizer = load_tokenizer(folder, config, name)
    model, info = read_model(base_folder, auto_class, config, base.ref)
    # What the base's files lack is random; the adapter has to bring it.
    new = {*info["missing_keys"], *(entry[0] for entry in info["mismatched_keys"])}
    problem = cut_short(model, sorted(info["unexpected_keys"]), name)
    if problem is not None:
        raise problem
    wrapped = _apply(model, folder, name)
    own = _own_names(wrapped)
    if foreign := sorted(stored - own):
        # peft leaves them out without a word.
        raise DamagedCheckpoint(
            "{count} of the weights of the adapter “{name}” have no place in it ({first}).",
            "Copy {files} from the same place and revision as the weights.",
            name=name,
            count=len(foreign),
            first=foreign[0].removeprefix(_PEFT_PREFIX),
            files=f"{ADAPTER_NAME}, {CONFIG_NAME}",
            detail=listed(foreign),
        )
    lacking = ({f"{_PEFT_PREFIX}{key}" for key in new} | own) - stored
    if lacking:
        raise DamagedCheckpoint(
            "The adapter in “{name}” lacks weights that its base has not either ({first}).",
            "Train it again: what was saved cannot be completed.",
            name=name,
            first=sorted(lacking)[0].removeprefix(_PEFT_PREFIX),
            detail=listed(sorted(lacking)),
        )
    return wrapped.merge_and_unload(), tokenizer


def _read_small(path: Path) -> Any:
    if path.stat().st_size > RECORD_LIMIT_BYTES:
        raise ValueError(f"larger than {RECORD_LIMIT_BYTES} bytes")
    return json.loads(path.read_text("utf-8"))


def _check_kind(folder: Path, name: str) -> None:
    try:
        kind = _read_small(folder / ADAPTER_NAME)["peft_type"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise damaged(name, ADAPTER_NAME, f"{type(error).__name__}: {error}") from error
    if kind != "LORA":
        raise UnsupportedCheckpoint(
            "“{name}” is an adapter of the kind {kind}; Loupe loads LoRA only.",
            "Merge it into its base model and save the result, then choose that folder.",
            name=name,
            kind=kind,
        )


def _apply(model: Any, folder: Path, name: str) -> Any:
    from peft import PeftModel

    try:
        with peft_of_today():
            return PeftModel.from_pretrained(model, str(folder), is_trainable=False)
    except MemoryError:
        raise
    except Exception as error:  # peft and torch each have their own for files that do not fit
        raise damaged(name, ADAPTER_WEIGHTS_NAME, f"{type(error).__name__}: {error}") from error


def _own_names(wrapped: Any) -> set[str]:
    """What a complete file of the adapter holds."""
    from peft import get_peft_model_state_dict

    return set(get_peft_model_state_dict(wrapped, save_embedding_layers=False))


@contextmanager
def peft_of_today() -> Iterator[None]:
    """peft 0.21 warns of its own missing keys, which are checked here, and still asks transformers
    by a name that is to go; nobody who sees the warnings could act on them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated")
        warnings.filterwarnings("ignore", "Found missing adapter keys")
        yield
