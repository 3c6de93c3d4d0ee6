"""From a folder on this machine to a model and its tokenizer, or a reason why not.

Nothing here touches the network, opens a pickle or runs code that a checkpoint brings along.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from loupe.checkpoints.adapters import is_adapter, load_adapter
from loupe.checkpoints.complaints import complaint
from loupe.checkpoints.configs import parse_config, read_config
from loupe.checkpoints.gguf_weights import load_gguf
from loupe.checkpoints.heads import AUTO_CLASSES, check_head
from loupe.checkpoints.limits import context_length
from loupe.checkpoints.links import check_links
from loupe.checkpoints.pretrained import quiet, read_model
from loupe.checkpoints.tokenizers import load_tokenizer
from loupe.checkpoints.weights import (
    estimate_bytes,
    gguf_file,
    read_header,
    stored_dtype,
    stored_tensors,
    weight_files,
    weights_digest,
)

__all__ = [
    "AUTO_CLASSES",
    "check_links",
    "context_length",
    "estimate_bytes",
    "load",
    "own_dtype",
    "weights_digest",
]


def load(
    folder: Path,
    auto_class: str,
    *,
    device: torch.device,
    dtype: torch.dtype,
    name: str,
    base: Path | None = None,
) -> tuple[Any, Any]:
    """Load a checkpoint's model and tokenizer from a folder (or a .gguf file).

    auto_class: a key of AUTO_CLASSES. name: what messages call the checkpoint. base: the folder of
    the checkpoint that an adapter changes (`ResolvedCheckpoint.base`); the adapter comes merged.
    The model is in evaluation mode without gradients. It is read in float32 and cast afterwards:
    from_pretrained in another dtype changes the default dtype of the whole process while it runs.
    One load at a time: transformers patches its own classes meanwhile.
    Raises a CheckpointError that says what is wrong with the folder, or MemoryError.
    """
    gguf = gguf_file(folder)
    if gguf is not None:
        with quiet():
            model, tokenizer = load_gguf(gguf, auto_class, name)
    elif is_adapter(folder):
        model, tokenizer = load_adapter(folder, base, auto_class, name)
    else:
        model, tokenizer = _load_folder(folder, auto_class, name)
    model.requires_grad_(False)
    model.eval()
    _cast(model, dtype)
    return model.to(device), tokenizer


def _load_folder(folder: Path, auto_class: str, name: str) -> tuple[Any, Any]:
    raw = read_config(folder, name)
    files = weight_files(folder, name)
    for file in files:
        read_header(file, name)
    config = parse_config(folder, raw, name)
    check_head(config, raw, auto_class, name)
    # Before the weights: it costs little and fails as often.
    tokenizer = load_tokenizer(folder, config, name)
    model, info = read_model(folder, auto_class, config, name)
    problem = complaint(model, info, raw, auto_class, name)
    if problem is not None:
        raise problem
    return model, tokenizer


def own_dtype(folder: Path, name: str) -> torch.dtype | None:
    """The dtype a checkpoint is stored in; None for GGUF, which is dequantised to anything.

    Raises as `weight_files` and `read_header`.
    """
    return None if gguf_file(folder) is not None else stored_dtype(stored_tensors(folder, name))


def _cast(model: Any, dtype: torch.dtype) -> None:
    """Turn the weights into `dtype`, as from_pretrained would have.

    Buffers that are not stored (the frequencies of rotary positions) stay in float32: in bfloat16
    they would put tokens in the wrong places.
    """
    if dtype == torch.float32:
        return
    for parameter in model.parameters():
        if parameter.is_floating_point():
            parameter.data = parameter.data.to(dtype)
    for module in model.modules():
        for key, buffer in module.named_buffers(recurse=False):
            if buffer.is_floating_point() and key not in module._non_persistent_buffers_set:
                module._buffers[key] = buffer.to(dtype)
    # config.dtype is what generation and masks go by.
    model.config.dtype = dtype
