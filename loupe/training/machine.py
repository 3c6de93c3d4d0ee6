"""What a run computed on and with, in words for its model card."""

from __future__ import annotations

import platform

import torch

from loupe.engine.processor import cpu_name


def hardware_name(device: str, *, bf16: bool) -> str:
    """What the run computes on, in words."""
    if device == "cuda":
        name = torch.cuda.get_device_name()
    elif device == "mps":
        name = "Apple GPU"
    else:
        threads = torch.get_num_threads()
        plural = "" if threads == 1 else "s"
        name = f"{cpu_name()}, {threads} thread{plural}"
    return f"{name}, {'bfloat16 autocast' if bf16 else 'float32'}"


def library_versions() -> dict[str, str]:
    """Of what decides the numbers."""
    import transformers

    return {
        "Python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
