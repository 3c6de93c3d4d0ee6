"""What a run computed on and with, in words for its model card."""

from __future__ import annotations

import platform
from pathlib import Path

import torch


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


def cpu_name(listing: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name where the system tells it, else its architecture."""
    try:
        lines = listing.read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next((name for name in names if name), platform.processor() or platform.machine())


def library_versions() -> dict[str, str]:
    """Of what decides the numbers."""
    import transformers

    return {
        "Python": platform.python_version(),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }
