"""What can end a training run, said so that a person knows what to do.

LoupeError
├── InvalidInput
│   ├── UnfitModel       the run asks for what this model does not have
│   ├── NoScript         no plain script says what the run asks for
│   └── RunIsBusy        another process works in the same folder
└── EngineError
    ├── NonFiniteLoss    the loss or its gradient is no number any more
    └── DiskIsFull       a checkpoint or a line of the run could not be written
"""

from __future__ import annotations

from loupe.errors import EngineError, InvalidInput


class UnfitModel(InvalidInput):
    """What `run.yaml` asks of the model does not fit it."""


class NoScript(InvalidInput):
    """Loupe does this, but prints no plain script for it."""


class RunIsBusy(InvalidInput):
    """Another process is at work on the run."""


class NonFiniteLoss(EngineError):
    """Training ran off: there is nothing to be learned from infinity."""


class DiskIsFull(EngineError):
    """A file of the run could not be written."""


def is_out_of_memory(error: Exception) -> bool:
    """Whether memory ran out, of the machine or of its GPU."""
    words = str(error).lower()
    return isinstance(error, MemoryError) or any(
        sign in words for sign in ("out of memory", "can't allocate memory", "not enough memory")
    )
