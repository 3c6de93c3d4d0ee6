"""Whether what a text's keys and values take fits, before it is begun."""

from __future__ import annotations

import psutil
import torch

from loupe.engine.devices import GIB
from loupe.engine.loaded import LoadedModel
from loupe.errors import OutOfMemory

# A layer's tensors are copied while they grow, and other programs want some too.
_USABLE = 0.8


def free_bytes(device: torch.device) -> int:
    """Memory that is free now where the model computes."""
    if device.type == "cuda":
        return int(torch.cuda.mem_get_info(device)[0])
    return int(psutil.virtual_memory().available)


def bytes_per_token(loaded: LoadedModel) -> int | None:
    """What one token's keys and values take in all layers; None where the config does not say.

    2 (keys and values) × layers × heads that keep them × width of a head × bytes of a number.
    """
    config = loaded.model.config.get_text_config(decoder=True)
    layers = getattr(config, "num_hidden_layers", None)
    heads = getattr(config, "num_attention_heads", None)
    hidden = getattr(config, "hidden_size", None)
    if not (layers and heads and hidden):
        return None
    kept = getattr(config, "num_key_value_heads", None) or heads
    width = getattr(config, "head_dim", None) or hidden // heads
    return int(2 * layers * kept * width * loaded.dtype.itemsize)


def refuse_too_large(loaded: LoadedModel, rows: int, tokens: int) -> None:
    """Raise OutOfMemory where `rows` texts of `tokens` tokens each would not fit."""
    each = bytes_per_token(loaded)
    free = free_bytes(loaded.device)
    if each is not None and rows * tokens * each > free * _USABLE:
        raise OutOfMemory(
            "{rows} texts of up to {tokens} tokens would take {needed:.1f} GiB beside the model; "
            "{free:.1f} GiB are free.",
            "Ask for fewer or shorter texts, or choose a smaller model.",
            rows=rows,
            tokens=f"{tokens:,}",
            needed=rows * tokens * each / GIB,
            free=free / GIB,
        )
