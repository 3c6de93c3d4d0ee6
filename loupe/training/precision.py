"""Where training computes, and whether in bfloat16."""

from __future__ import annotations

from typing import Literal

import torch

from loupe.errors import InvalidInput


def training_device() -> str:
    """ "cuda", "mps" or "cpu", as transformers' Trainer will choose."""
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def use_bf16(wanted: bool | Literal["auto"], device: str) -> bool:
    """Whether matrix products run in bfloat16; weights stay float32 in any case.

    "auto" is where the hardware does it itself: GPUs from Ampere on, CPUs with AVX512-BF16 or AMX.
    Raises InvalidInput where it was asked for and cannot be had.
    """
    if wanted == "auto":
        return _native(device)
    if wanted and device == "cuda" and not torch.cuda.is_bf16_supported():
        raise InvalidInput(
            "args.bf16: this GPU cannot compute in bfloat16.", "Set it to auto or false."
        )
    return wanted


def _native(device: str) -> bool:
    if device == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    if device == "cpu":
        # torch names these questions with an underscore, and asks them itself in its compiler.
        probes = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
        return any(bool(getattr(torch.cpu, probe, bool)()) for probe in probes)
    return False
