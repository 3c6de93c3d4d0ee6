"""Drawing at random without touching the run's own random state."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def apart(seed: int) -> Iterator[None]:
    """torch's random state is `seed`'s inside, and afterwards as it was before."""
    devices = [torch.cuda.current_device()] if torch.cuda.is_available() else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield
