"""What a pretraining costs in arithmetic, and how fast this machine does it."""

from __future__ import annotations

import statistics
import time

import torch

# A multiplication and an addition a weight and token; forward once, backward twice.
# Source: Kaplan et al. 2020 (arXiv 2001.08361), section 2.1.
FLOPS_PER_WEIGHT_AND_TOKEN = 6
# Of the tokens that are best for a model's size and a given compute.
# Source: Hoffmann et al. 2022 (arXiv 2203.15556), table 3.
TOKENS_PER_WEIGHT = 20
_SIZE = 768
_REPEATS = 7


def training_flops(parameters: float, tokens: float) -> float:
    """Floating-point operations of a training; attention itself is left out, which is little."""
    return FLOPS_PER_WEIGHT_AND_TOKEN * parameters * tokens


def measured_flops_per_s(size: int = _SIZE, repeats: int = _REPEATS) -> float:
    """Of float32 matrix products on this machine's processor, the median: a bound."""
    a, b = torch.rand(size, size), torch.rand(size, size)
    seconds = []
    for _repeat in range(repeats):
        began = time.perf_counter()
        a @ b
        seconds.append(time.perf_counter() - began)
    return 2 * size**3 / statistics.median(seconds)
